import Select

/// The compiler: all stages in the order they run. `compile`, the search and the frontier call this list or a part of
/// it.
enum Pipeline {
  static var all: Stages<Void, Compilation> { placed.then(emit) }

  /// From the model to one arena for all plans.
  static var placed: Stages<Void, ImagePlan> { network.then(select).then(placedPlans) }

  /// From the model to a network that ends in logits, in the number format of the mode.
  static var network: Stages<Void, Network> {
    // ONNX to the IR: pictures NHWC, normalizations folded, constants computed.
    Stages(importing)
      // One output, logits; a new classifier and branches beside blocks where they are asked for.
      .then(head)
      // Fusion into integer layers between quantization and dequantization, or floats; a format for each layer's
      // gradient.
      .then(quantize)
  }

  /// From what each plan trains to its training step.
  static var steps: Stages<Plans<UpdatePolicy>, Plans<StepVariant>> {
    // Loss, the gradients that are wanted, updates.
    Stages(differentiate)
      // Bit masks, formats of gradients, updates fused with their gradients, layers that write over what they read.
      .then(passes)
  }

  /// From what each plan trains to one arena for all plans.
  static var placedPlans: Stages<Plans<UpdatePolicy>, ImagePlan> {
    // For each plan the way and the order to compute its step: patches, recomputation, codecs, pages as the cap asks.
    steps.then(schedule)
      // One placement: variables first, then the values of every step over those of the others.
      .then(place)
  }
}
