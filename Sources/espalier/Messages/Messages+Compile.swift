import Differentiate
import Driver
import Passes
import Report
import Select

extension OptionError: Explained {
  var failure: Failure {
    // What is too large for a number has become one that nobody typed.
    let isTyped = !["inf", "-inf", "nan"].contains(value)
    return Failure(
      .usage, "--\(option) \(isTyped ? value : typedValue(of: option) ?? value) makes no sense",
      advice: "give \(expected)")
  }
}

/// What follows an option on the command line.
private func typedValue(of option: String) -> String? {
  let (words, name) = (CommandLine.arguments, "--" + option)
  if let place = words.lastIndex(of: name), place + 1 < words.count { return words[place + 1] }
  return words.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
}

extension OverCap: Explained {
  var failure: Failure { failure(capSource: nil) }

  /// - Parameter batch: samples of one pass, where they are known.
  func failure(capSource: String?, batch: Int? = nil) -> Failure {
    var ways = ["raise the cap to \(needed)"]
    if let plan {
      ways.append("train less in plan \(plan)")
    } else if policy != "head" {
      ways.append("train less (--policy \(policy == "bias" ? "head" : "bias"))")
    }
    // Nothing is below one sample.
    ways.append(batch == 1 ? "or use smaller samples, where the model takes them" : "or use a smaller --batch")
    let advice = ways.joined(separator: ", ")
    return Failure(.overCap, text(capSource: capSource), advice: suggestions.isEmpty ? advice : nil)
  }
}

extension PolicyError: Explained {
  var failure: Failure {
    switch self {
    case .inFile(let path, let error): error.failure.preceded(by: path)
    case .unknownPreset(let name):
      Failure(
        .usage, "there is no policy \(name), nor a file of that name",
        advice:
          "give \(UpdatePolicy.presets.joined(separator: ", ")), last-<k>, half:<seed>, part-<i>-of-<k>, or a JSON file"
      )
    case .lacks(let preset, let what):
      Failure(
        .usage, "the network has no \(what), which the policy \(preset) trains",
        advice: "give another policy, such as bias")
    case .malformed(let reason):
      Failure(
        .malformed, "the policy cannot be read: \(reason)", advice: "write it as --stop-after select prints one")
    case .matchesNothing(let glob, let nearest):
      Failure(
        .malformed, "the policy's \"\(glob)\" matches no weight",
        advice: nearest.isEmpty ? "remove the entry" : "nearest names: \(nearest.joined(separator: ", "))")
    case .untrainable(let tensor, let reason):
      Failure(
        .malformed, "the policy names \(tensor), which cannot be trained: it \(reason)",
        advice: "remove the entry; espalier check lists all such tensors")
    case .badRegion(let tensor, let reason):
      Failure(.malformed, "the policy's region of \(tensor): \(reason)", advice: "correct the entry")
    case .shared(let tensor):
      Failure(
        .malformed, "several layers read \(tensor), so that no part or scale of it can be trained for one of them",
        advice: "give the entry frozen, bias or full")
    case .badBranch(let tensor, let reason):
      Failure(.malformed, "the policy's branch beside \(tensor): \(reason)", advice: "correct the entry")
    case .unsupported(let tensor, let train):
      Failure(
        .malformed, "the policy trains \(train.rawValue) of \(tensor), which that layer has not got",
        advice: "give the entry frozen, bias or full")
    case .unknownScore(let tensor, let name):
      Failure(
        .malformed, "the policy selects channels of \(tensor) by \"\(name)\", which is no score",
        advice:
          "give \"norm\" or \"first\"; channels that gradients choose are listed as \"channels\" by espalier search")
    case .nothingTrained:
      Failure(.malformed, "the policy trains nothing", advice: "train at least the head: --policy head")
    case .noLayer:
      Failure(
        .malformed, "no layer with a weight of its own leads to the result, so there is nothing to train",
        advice: "export the model with its weights, or name another result: --output NAME")
    }
  }
}

extension ScheduleFileError: Explained {
  var failure: Failure {
    switch self {
    case .unknownPreset(let name):
      Failure(
        .usage, "there is no schedule of plans \(name), nor a file of that name",
        advice: "give cycle-<k> or halves-<k> with k from 2 to 64, or a JSON file")
    case .malformed(let reason):
      Failure(
        .malformed, "the schedule of plans cannot be read: \(reason)",
        advice: "write it as --plans cycle-2 --stop-after select prints one")
    case .unknownPlan(let name, let known):
      Failure(
        .malformed, "the schedule has a turn of \(name), which is no plan of it",
        advice: "give one of \(known.joined(separator: ", "))")
    }
  }
}

extension FormatsError: Explained {
  var failure: Failure {
    Failure(
      .malformed, "the file of gradient formats: \(reason)",
      advice: "name weights as espalier inspect does, with f32, i16 or i8 for each")
  }
}

extension ModelError: Explained {
  var failure: Failure {
    switch self {
    case .inputs(let path, let names):
      Failure(
        .malformed, "\(path) has \(names.isEmpty ? "no input" : "the inputs \(names.joined(separator: ", "))")",
        advice: "export a model with exactly one input; constants belong into initializers")
    case .noPlace(let path, let tensor):
      Failure(
        .malformed, "\(path): tensor \(tensor) would be trained, and layers split what it comes from in different ways",
        advice: "freeze it in a policy file, or give each layer a tensor of its own")
    case .notQuantized(let path, let mode):
      Failure(
        .usage, "\(path) is a model in float, and mode \(mode) trains integers",
        advice: "give samples to quantize it with, --calibration-data DATA, or train floats: --mode f32")
    }
  }
}

extension HeadError: Explained {
  var failure: Failure {
    switch self {
    case .noOutput: Failure(.malformed, "the model has no output", advice: "export it with its logits as output")
    case .noClassifier:
      Failure(
        .malformed, "no layer with a weight of its own leads to the output, so none can be replaced",
        advice: "leave out --classes")
    case .severalClassifiers(let last, let other):
      Failure(
        .malformed,
        "the result is made of two layers side by side, \(other) and \(last), so --classes cannot replace one",
        advice: "leave out --classes, or export the model with one classifier")
    case .readElsewhere(let node):
      Failure(
        .malformed,
        "node \(node) computes another result from the classifier's, with weights for its old classes, so --classes cannot replace it",
        advice: "leave out --classes, or export the model without that result")
    case .otherResults(let found, let classes):
      Failure(
        .malformed,
        "with \(counted(classes, "class", plural: "classes")) in its last layer the model gives \(counted(found, "result")) a sample",
        advice: "leave out --classes, or export the model with the classifier's results alone")
    case .cannotFollow(let node, let error):
      Failure(
        .malformed, "node \(node) behind the classifier cannot take another number of classes: \(error.reason)",
        advice: "export the model without what follows the classifier, or leave out --classes")
    }
  }
}

extension DifferentiateError: Explained {
  var failure: Failure {
    switch self {
    case .lossNeeds(let shape, let found):
      Failure(
        .malformed, "the loss needs a result of shape \(shape), the model gives \(shapeText(found.shape))",
        advice: found.shape.last == 1
          ? "give --classes 2 for two classes, or --loss mse for a number"
          : "export the model so that it gives one row of numbers a sample")
    case .noGradient(let op, let node):
      Failure(
        .malformed, "node \(node) (\(op)) has no gradient, and a trained tensor is before it",
        advice: "train layers behind it only: --policy last-<k>")
    case .noPath(let parameter):
      Failure(
        .malformed, "the loss does not depend on \(parameter), which the policy trains",
        advice: "freeze it in a policy file: { \"match\": \"\(parameter)\", \"train\": \"frozen\" }")
    case .noVariance(let node):
      Failure(
        .malformed,
        "node \(node) (BatchNormalization) gets one value of each channel from a batch, which has no variance",
        advice: "give a larger --batch, or leave out --keep-batchnorm")
    case .nothingTrained: PolicyError.nothingTrained.failure
    case .shape(let node, let error):
      Failure(
        .malformed, "node \(node) (\(error.op)) cannot be trained: \(error.reason)",
        advice: "train layers behind it only: --policy last-<k>")
    }
  }
}
