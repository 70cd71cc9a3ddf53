import Runtime

/// Pictures of whatever sizes, each brought to one size and one number of channels when it is read.
struct PictureSource: SampleSource {
  let path: String
  let form: SampleForm
  let labels: Labels
  private let isResized: Bool
  private let picture: @Sendable (Int) throws(DataFileError) -> (Picture, path: String)

  /// Reads the first picture for what `wanted` leaves open.
  init(
    path: String, labels: Labels, wanted: PictureForm,
    picture: @escaping @Sendable (Int) throws(DataFileError) -> (Picture, path: String)
  ) throws(DataFileError) {
    guard labels.samples > 0 else { throw .noSamples(path: path) }
    let first = try picture(0).0
    self.path = path
    self.labels = labels
    self.picture = picture
    isResized = wanted.size != nil
    form = SampleForm(
      .u8, .channelsLast, channels: wanted.channels ?? first.channels, height: wanted.size ?? first.height,
      width: wanted.size ?? first.width)
  }

  func sample(_ index: Int) throws(DataFileError) -> [UInt8] {
    let (picture, path) = try picture(index)
    // Fewer channels are resized faster, more are copied later.
    let grey = form.channels == 1 ? picture.converted(to: 1) : picture
    if grey.width == form.width && grey.height == form.height { return grey.converted(to: form.channels).pixels }
    guard isResized else {
      throw .sizesDiffer(
        path: path, width: grey.width, height: grey.height, expectedWidth: form.width, expectedHeight: form.height)
    }
    let resize = Resize(fromWidth: grey.width, fromHeight: grey.height, width: form.width, height: form.height)
    return resize(grey).converted(to: form.channels).pixels
  }
}
