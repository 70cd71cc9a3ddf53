import Espalier
import Foundation
import Report
import Runtime

extension EspalierError: Explained {
  var failure: Failure {
    switch self {
    case .cannotRead(let path, let cause): .cannotRead(path, cause)
    case .cannotWrite(let path, let cause): .cannotWrite(path, cause)
    case .inUse(let path): .inUse(path)
    case .unknownTarget(let name, let known):
      Failure(
        .usage, "there is no target \(name), there are \(known.joined(separator: ", "))",
        advice: "name one of them, or give the path of a board.json")
    case .board(let path, let reason):
      Failure(.malformed, "\(path): \(reason)", advice: "compare it with targets/host/board.json")
    case .linkage(let target, let possible):
      Failure(
        .usage, "a runner for \(target) cannot be linked like that, only: \(possible.joined(separator: ", "))",
        advice: "leave out --static and --dynamic")
    case .mode(let target, let mode, let possible):
      Failure(
        .usage, "\(target) cannot run a plan in mode \(mode), only: \(possible.joined(separator: ", "))",
        advice: "compile the model again with --mode \(possible.first ?? "i8")")
    case .image(let path, let error): error.failure(path)
    case .metadata(let path, let reason):
      Failure(
        .malformed, "\(path) does not describe itself as plans of this version do: \(reason)",
        advice: "compile the model again")
    case .checkpoint(let path, let error): error.failure(path)
    case .run(let error): error.failure
    case .threads(let count, let cause):
      Failure(
        .overCap, "the system has not got \(count) threads: \(String(cString: strerror(cause)))",
        advice: "give fewer: --threads 1")
    case .ring(let path, let difference): difference.failure(path)
    case .samples(let error): error.failure
    case .data(let path, let error): error.failure(path)
    case .sampleShape(let path, let found, let input, let expected, let picture):
      Failure(
        .malformed,
        "\(path) has \(picture == nil ? "samples" : "pictures") of \(axesText(found)), the model's input `\(input)` takes \(axesText(expected))",
        advice: picture.map { sides in
          "pack pictures with --size \(sides[1]) --channels \(sides[2]), or compile with --input-shape"
        } ?? "give x the shape N x \(axesText(expected)), or compile with --input-shape for other sizes")
    case .results(let path, let what): .results(path, what)
    case .diverged, .seedDiffers, .unknownPlan, .withinWindow: trainingFailure
    case .measured(let path, let fault): fault.failure(path)
    case .modelNotFound, .modelDiffers, .noModel, .tensor: modelFailure
    case .import(let error): error.failure
    case .export(let error): error.failure
    }
  }

  private var trainingFailure: Failure {
    switch self {
    case .diverged(let step):
      Failure(
        .no, "after step \(step): \(String(LossWatch.text))",
        advice: "compile with a smaller --lr, or with --warmup; what a checkpoint file holds is from before")
    case .seedDiffers(let given, let checkpoint):
      Failure(
        .usage, "--seed \(given), but the checkpoint was trained with seed \(checkpoint)",
        advice: "leave out --seed to go on, or leave out --resume to start again")
    case .unknownPlan(let name, let known):
      Failure(
        .usage, "the image has no plan \(name)",
        advice: known == [""] ? "leave out --plan: it has one alone" : "give one of \(known.joined(separator: ", "))")
    case .withinWindow:
      Failure(
        .usage, "the checkpoint is in the middle of an update, which belongs to one plan",
        advice: "leave out --plan until the update is done")
    default: .defect(self)
    }
  }

  private var modelFailure: Failure {
    switch self {
    case .modelNotFound(let searched):
      Failure(
        .notFound, "the model that the plan was compiled from is not at \(searched.joined(separator: ", nor at "))",
        advice: "say where it is: --model FILE")
    case .modelDiffers(let path):
      Failure(
        .malformed, "\(path) is not the file that the plan was compiled from: its SHA-256 differs",
        advice: "say where that file is: --model FILE")
    case .noModel:
      Failure(
        .malformed, "the plan was not compiled from an ONNX file", advice: "compile an ONNX model to export one")
    case .tensor(let name):
      Failure(
        .malformed, "the plan's tensor \(name) does not match the model's",
        advice: "compile the model again with this version")
    default: .defect(self)
    }
  }
}

extension Failure {
  /// Results of a network that are no numbers, so that nothing can be said about them.
  static func results(_ path: String, _ what: String) -> Failure {
    Failure(
      .no, "\(path): \(what) is infinite or no number",
      advice: "the weights are too large, as of a training that diverged: take an older checkpoint or plan")
  }
}

extension RunError: Explained {
  var failure: Failure {
    switch self {
    case .noMemory(let bytes):
      Failure(
        .overCap, "the system has not got the \(grouped(bytes)) bytes of the arena",
        advice: "free memory, or compile with a smaller --cap")
    case .arenaTooSmall, .arenaMisaligned: .defect(self)
    }
  }
}
