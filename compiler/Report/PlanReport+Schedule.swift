import IR
import Memory
import Schedule

extension PlanReport {
  /// Describes one program of a plan, usually the training program; the bounds hold for that program.
  ///
  /// - Throws: `ScheduleError` when the schedule's graph cannot be scheduled at all.
  public init(_ schedule: Schedule, plan: ArenaPlan, facts: PlanFacts) throws(ScheduleError) {
    let pinned = plan.persistentBytes + plan.controlBytes
    let live = schedule.liveBytes()
    let peak = live.indices.max { (live[$0], -$0) < (live[$1], -$1) } ?? 0
    let bounds = try schedule.lowerBounds(control: plan.controlBytes)
    let classes = schedule.tensorClasses()
    let macs = schedule.macs()
    let saved = schedule.graph.ids.filter { classes[$0.index] == .saved }.map(schedule.tensor)
    self.init(
      arenaBytes: plan.arenaBytes, capBytes: facts.capBytes, residentBytes: facts.residentBytes,
      bytesByClass: schedule.bytesByClass(at: peak, classes, control: plan.controlBytes), lbSchedule: bounds.schedule,
      lbOrder: bounds.order, lbOperator: bounds.operator, peakStep: peak, steps: schedule.order.count,
      macsForward: macs.forward, macsBackward: macs.backward, macsUpdate: macs.update, patches: facts.patches,
      readsInPlace: facts.readsInPlace, oldWeights: facts.oldWeights, recomputation: facts.recomputation,
      codecs: facts.codecs, paging: facts.paging,
      savings: [], plans: [], trainedParameters: facts.trainedParameters, trainedTensors: facts.trainedTensors,
      untrained: facts.untrained, output: facts.output, notes: facts.notes, opcodes: facts.opcodes,
      mode: facts.mode, policy: facts.policy, digest: facts.digest, imageBytes: facts.imageBytes, savedTensors: saved,
      savedBytes: saved.reduce(0) { $0 + $1.bytes }, peakTensors: schedule.tensors(at: peak),
      stepTable: schedule.stepTable(live.map { $0 + pinned }, facts.variants))
  }
}

extension Schedule {
  /// The value's name; what the compiler appended is called by its operator and the first operand that has a name.
  func name(_ id: ValueID) -> String {
    let name = graph[id].name
    guard name.isEmpty, let node = graph.node(id) else { return name.isEmpty ? "%\(id.index)" : name }
    let named = node.inputs.first { !graph[$0].name.isEmpty }
    return type(of: node.op).name + "(" + (named.map { graph[$0].name } ?? "%\(id.index)") + ")"
  }

  func tensor(_ id: ValueID) -> PlanReport.Tensor {
    let type = graph.type(id)
    return PlanReport.Tensor(name: name(id), bytes: type.bytes, dtype: type.dtype.rawValue)
  }

  func bytesByClass(at step: Int, _ classes: [TensorClass?], control: Int) -> PlanReport.BytesByClass {
    var sums = PlanReport.BytesByClass()
    for (buffer, value) in contents(at: step) {
      let bytes = aligned(buffers[buffer].bytes, to: arenaAlignment)
      switch classes[value.index] {
      case .weights: sums.weights += bytes
      case .state: sums.state += bytes
      case .saved: sums.saved += bytes
      case .activations: sums.activations += bytes
      case .gradients: sums.gradients += bytes
      case .io: sums.io += bytes
      case nil: break
      }
    }
    for scratch in scratch where scratch.step == step { sums.scratch += aligned(scratch.bytes, to: arenaAlignment) }
    sums.control = control
    return sums
  }

  /// The transient tensors in use at a step, largest first; scratch counts as a tensor.
  func tensors(at step: Int) -> [PlanReport.Tensor] {
    let held = contents(at: step).filter { !buffers[$0.buffer].isPersistent }.map { tensor($0.value) }
    let work = scratch.filter { $0.step == step }.map {
      PlanReport.Tensor(name: "scratch of " + name(order[step]), bytes: $0.bytes, dtype: DType.u8.rawValue)
    }
    let all = held + work
    return all.indices.sorted { (-all[$0].bytes, $0) < (-all[$1].bytes, $1) }.map { all[$0] }
  }

  func stepTable(_ live: [Int], _ variants: [String]) -> [PlanReport.Step] {
    let rooms = Dictionary(scratch.map { ($0.step, $0.room) }) { $0 + $1 }
    return graph.nodes(order).enumerated().map { index, node in
      PlanReport.Step(
        index: index, operator: type(of: node.op).name, name: name(node.output), bytesLive: live[index],
        inputs: node.inputs.map(name), output: tensor(node.output),
        variant: index < variants.count ? variants[index] : "plain", scratchBytes: rooms[index, default: 0],
        macs: graph.macs(node))
    }
  }

  func macs() -> (forward: Int, backward: Int, update: Int) {
    var macs = (forward: 0, backward: 0, update: 0)
    for node in graph.nodes(order) {
      let count = graph.macs(node)
      if case .updates = node.op.timing {
        macs.update += count
      } else if node.output.index < forwardCount {
        macs.forward += count
      } else {
        macs.backward += count
      }
    }
    return macs
  }
}

extension Graph {
  fileprivate func nodes(_ order: [ValueID]) -> [Node] { order.compactMap { node($0) } }
}
