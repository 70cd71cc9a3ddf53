import Runtime

/// A plan that is open, and what belongs to its training beside the session.
struct OpenPlan: ~Copyable {
  /// The mapping that the image is a view of; nil where its bytes are the caller's.
  let file: MappedFile?
  let image: Image
  /// What samples of the caller look like.
  var form: SampleForm
  /// How far packed data have been used.
  var progress = DataProgress()
  /// Whether training has diverged since it began.
  var isDiverged = false

  /// Checks a plan in memory of the caller.
  init(_ bytes: Bytes) throws(Failure) {
    let image = try OpenPlan.image(bytes, ErrorContext("the plan"))
    self.init(nil, image, try OpenPlan.form(image))
  }

  /// Maps and checks a plan.
  init(path: ErrorContext) throws(Failure) {
    let file = try path.map()
    let image = try OpenPlan.image(file.bytes, path)
    self.init(file, image, try OpenPlan.form(image))
  }

  private init(_ file: consuming MappedFile?, _ image: Image, _ form: SampleForm) {
    self.file = file
    self.image = image
    self.form = form
  }

  private static func image(_ bytes: Bytes, _ subject: ErrorContext) throws(Failure) -> Image {
    do throws(ImageError) { return try Image(Image.withoutTrailer(bytes)) } catch {
      guard error != .misaligned else {
        throw Failure(
          .usage, subject, " does not start on a multiple of 64 bytes",
          next: "align it to ESPALIER_IMAGE_ALIGNMENT, or open it by path")
      }
      throw .image(subject, error)
    }
  }

  /// Floats in the order of the model's own input.
  static func form(_ image: Image) throws(Failure) -> SampleForm {
    do throws(DataError) { return try SampleForm(of: image, .f32, .model) } catch {
      throw .data(ErrorContext("the plan"), error)
    }
  }

  var hasLabels: Bool { image.train.header.labels != ProgramHeader.none }

  /// Numbers that the network gives a sample.
  var outputs: Int {
    Int(image.predict.tensor(Int(image.predict.header.logits)).count) / image.batch
  }
}
