import Foundation
import ONNX
import Report
import Runtime

/// What a plan says of itself that its header and rows do not bear out, in words.
public struct MetadataFault: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Header and rows are the truth: what the JSON says is compared with them once, when it is read, so that whoever works
/// with it may take it for granted.
extension PlanMetadata {
  func check(against image: Image) throws(MetadataFault) {
    try require(schema == 1, "schema is \(schema), not 1")
    let samples = CheckedSize(image.batch) * image.sampleElements
    try require(
      inputShape.allSatisfy { $0 > 0 } && CheckedSize(elementsOf: inputShape).int == samples.int,
      "input shape \(inputShape) is not that of a batch")
    try checkModel(image)
    try checkParameters(image)
    try checkPlans(image)
    try require(
      image.classes == 0 || image.classes == image.outputs,
      "\(image.classes) classes, where the plan gives \(image.outputs) outputs")
    for (name, order) in channelOrders ?? [:] {
      try require(order.isValid(upTo: image.largestTensor), "order of the channels of \(name)")
    }
    try report.check(against: image)
  }

  private func checkModel(_ image: Image) throws(MetadataFault) {
    let limit = image.largestTensor
    if let model {
      try require(model.batch == image.batch, "batch \(model.batch) is not that of its header, \(image.batch)")
      let shape = model.inputShape ?? []
      try require(
        shape.allSatisfy { $0 > 0 } && CheckedSize(elementsOf: shape).isAtMost(Int(Int32.max)),
        "input shape \(shape) of the model")
      for branch in model.liteResiduals ?? [] {
        try require(branch.isValid(upTo: limit), "sizes of the branch \(branch.name)")
      }
    }
    if let head {
      let outputs = image.outputs
      // A map has the results of its last layer at every place.
      let isWhole =
        loss == LossKind.mse.rawValue ? head.classes > 0 && outputs % head.classes == 0 : head.classes == outputs
      try require(
        isWhole && head.features > 0 && (CheckedSize(head.features) * head.classes).isAtMost(limit),
        "head of \(head.features) x \(head.classes), where the plan gives \(outputs) outputs")
    }
  }

  private func checkParameters(_ image: Image) throws(MetadataFault) {
    var counts: [String: Int] = [:]
    for index in 0..<image.variableCount {
      let row = image.variable(index)
      counts[image.nameText(row)] = Int(image.train.tensor(Int(row.tensor)).count)
    }
    var names: Set<String> = []
    for parameter in parameters {
      let name = parameter.name
      try require(names.insert(name).inserted, "parameter \(name) stands there twice")
      guard let count = counts[parameter.variable] else {
        throw MetadataFault("parameter \(name): the plan has no variable \(parameter.variable)")
      }
      try require(
        parameter.shape.allSatisfy { $0 > 0 } && CheckedSize(elementsOf: parameter.shape).isAtMost(Int(Int32.max)),
        "parameter \(name): shape \(parameter.shape)")
      try require(
        parameter.permutation.sorted() == Array(parameter.shape.indices),
        "parameter \(name): \(parameter.permutation) is no order of the axes of \(parameter.shape)")
      try require(
        parameter.shapeInFile.allSatisfy { $0 > 0 }
          && CheckedSize(elementsOf: parameter.shapeInFile).int == CheckedSize(elementsOf: parameter.shape).int,
        "parameter \(name): shape \(parameter.shapeInFile) in the file")
      try require(
        parameter.trainedCount == count, "parameter \(name): shape and region are not those of \(count) values")
      try require((parameter.scales?.axis ?? 0) >= 0, "parameter \(name): axis \(parameter.scales?.axis ?? 0)")
      if plans == nil {
        try require(
          0..<image.train.rows ~= parameter.gradientRow,
          "parameter \(name): row \(parameter.gradientRow) of the program")
      }
    }
  }

  private func checkPlans(_ image: Image) throws(MetadataFault) {
    try require(
      (plans?.count ?? 1) == image.planCount, "\(plans?.count ?? 1) plans, where the file has \(image.planCount)")
    let known = Set(parameters.map(\.name))
    for (index, plan) in (plans ?? []).enumerated() {
      let own = String(decoding: image.planName(index).array, as: UTF8.self)
      try require(plan.name == own, "plan \(index) is called \(plan.name), in the file \(own)")
      for (name, row) in plan.gradientRows {
        try require(
          known.contains(name) && 0..<image.train(index).rows ~= row, "plan \(own): row \(row) for \(name)")
      }
      try plan.report.check(against: image)
    }
  }
}

private func require(_ holds: Bool, _ fault: @autoclosure () -> String) throws(MetadataFault) {
  guard holds else { throw MetadataFault(fault()) }
}

extension PlanMetadata.Parameter {
  /// Values that the plan has of it: all of a tensor, or those of a region; nil where the region lies outside.
  fileprivate var trainedCount: Int? {
    let count = shape.reduce(1, *)
    guard let region else { return rows == nil ? count : nil }
    guard let channels = permutation.last.map({ shape[$0] }), let outputs = permutation.first.map({ shape[$0] }),
      let width = length(region, within: channels), let height = length(rows ?? [0, outputs], within: outputs)
    else { return nil }
    return permutation.count == 1 ? width : count / channels / outputs * width * height
  }

  private func length(_ range: [Int], within end: Int) -> Int? {
    guard range.count == 2, 0 <= range[0], range[0] < range[1], range[1] <= end else { return nil }
    return range[1] - range[0]
  }
}

extension ChannelOrder {
  fileprivate func isValid(upTo limit: Int) -> Bool {
    shape.allSatisfy { $0 > 0 } && CheckedSize(elementsOf: shape).isAtMost(limit) && orders.count == shape.count
      && zip(shape, orders).allSatisfy { size, order in
        order.map { $0.count == size && $0.sorted() == Array(0..<size) } ?? true
      }
  }
}

extension TinyTLResidual {
  fileprivate func isValid(upTo limit: Int) -> Bool {
    let sizes = inputSize + outputSize + [inputChannels, outputChannels, kernel, groups]
    return inputSize.count == outputSize.count && sizes.allSatisfy { 1...Int(Int16.max) ~= $0 }
      && inputChannels % groups == 0
      && (CheckedSize(inputChannels) * outputChannels).isAtMost(limit)
  }
}

extension PlanReport {
  /// Numbers that others compute with, and those that the header has.
  fileprivate func check(against image: Image) throws(MetadataFault) {
    try require(
      arenaBytes == image.arenaBytes, "arena of \(arenaBytes) bytes, in its header \(image.arenaBytes)")
    try require(
      steps > 0 && stepTable.count == steps && stepTable.indices.allSatisfy { stepTable[$0].index == $0 },
      "\(steps) steps, and a table of \(stepTable.count)")
    try require(0..<steps ~= peakStep, "step \(peakStep) of \(steps) is its peak")
    let macs = stepTable.reduce(CheckedSize(0)) { $0 + $1.macs }.int
    try require(
      macs != nil && macs == (CheckedSize(macsForward) + macsBackward + macsUpdate).int,
      "the multiplications of its steps are not those of its parts")
    try require(
      trainedTensors.allSatisfy { tensor in
        [tensor.region, tensor.rows].allSatisfy { $0.map { $0.count == 2 } ?? true }
      },
      "a range of a trained tensor that is none")
    let c = bytesByClass
    let classes = [c.weights, c.saved, c.gradients, c.state, c.scratch, c.io, c.control, c.activations]
    try require(
      classes.reduce(CheckedSize(0)) { $0 + $1 }.isAtMost(arenaBytes), "more bytes by class than its arena has")
    try require(
      0...arenaBytes ~= lbSchedule && lbOrder >= 0 && lbOperator >= 0 && largest.isAtMost(1 << 56),
      "a bound, or a count of bytes or multiplications, that cannot be")
  }

  /// Everything that is added up somewhere.
  private var largest: CheckedSize {
    let counts: [Int] =
      [residentBytes, macsForward, macsBackward, macsUpdate, trainedParameters, savedBytes, lbOrder, lbOperator]
      + [capBytes ?? 0, paging?.fileBytes ?? 0, paging?.stateBytes ?? 0, paging?.bytesPerStep ?? 0]
      + stepTable.flatMap { [$0.bytesLive, $0.output.bytes, $0.scratchBytes, $0.macs] } + savedTensors.map(\.bytes)
      + peakTensors.map(\.bytes)
      + plans.flatMap {
        [$0.arenaBytes, $0.lbSchedule, $0.steps, $0.macs, $0.trainedParameters, $0.updatesPerRotation]
      }
      + codecs.flatMap { [$0.bytes, $0.keptBytes, $0.tensors] } + trainedTensors.flatMap(\.shape)
    return counts.reduce(CheckedSize(0)) { $0 + $1 }
  }
}

extension Image {
  /// Elements that no tensor of the plan can have more of.
  fileprivate var largestTensor: Int {
    min((CheckedSize(bytes.count) + arenaBytes).int ?? Int(Int32.max), Int(Int32.max))
  }

  /// Numbers that the network gives a sample.
  fileprivate var outputs: Int { Int(predict.tensor(Int(predict.header.logits)).count) / batch }

  fileprivate func nameText(_ variable: VariableRow) -> String { String(decoding: name(variable).array, as: UTF8.self) }
}

extension Bytes {
  fileprivate var array: [UInt8] { (0..<count).map { self[$0] } }
}
