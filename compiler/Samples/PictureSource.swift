import Runtime

/// Pictures of whatever sizes, each brought to one size and one number of channels when it is read.
struct PictureSource: SampleSource {
  let path: String
  let form: SampleForm
  let labels: Labels
  let leftOut: [String]
  private let isResized: Bool
  private let picture: @Sendable (Int) throws(DataFileError) -> (Picture, path: String)

  /// Reads the first picture for what `wanted` leaves open.
  init(
    path: String, labels: Labels, wanted: PictureForm, leftOut: [String] = [],
    picture: @escaping @Sendable (Int) throws(DataFileError) -> (Picture, path: String)
  ) throws(DataFileError) {
    guard labels.samples > 0 else { throw .noSamples(path: path) }
    let first = try picture(0).0
    self.path = path
    self.labels = labels
    self.leftOut = leftOut
    self.picture = picture
    isResized = wanted.size != nil
    form = SampleForm(
      .u8, .picture,
      [wanted.size ?? first.height, wanted.size ?? first.width, wanted.channels ?? first.channels])
  }

  func sample(_ index: Int) throws(DataFileError) -> [UInt8] {
    let (picture, path) = try picture(index)
    // Fewer channels are resized faster, more are copied later.
    let (height, width, channels) = (form.shape[0], form.shape[1], form.shape[2])
    let grey = channels == 1 ? picture.converted(to: 1) : picture
    if grey.width == width && grey.height == height { return grey.converted(to: channels).pixels }
    guard isResized else {
      throw .sizesDiffer(
        path: path, width: grey.width, height: grey.height, expectedWidth: width, expectedHeight: height)
    }
    let resize = Resize(fromWidth: grey.width, fromHeight: grey.height, width: width, height: height)
    return resize(grey).converted(to: channels).pixels
  }
}
