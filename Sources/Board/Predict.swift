import CPlatform
import RuntimeBoard

/// `predict`: a line for each sample.
func predict(_ options: Options) throws(Failure) {
  let image = try openImage(options)
  guard let data = options.data else {
    throw Failure(.usage, "no samples were named", next: "--data FILE or --data -")
  }
  var session = try openTrained(image, options)
  cp_watch_signals()
  var samples = try PredictedSamples(data, for: image)
  var index = 0
  while cp_stop_requested() == 0 {
    let count = try samples.fill(session.batch(.predict))
    guard count > 0, let logits = session.logits(.predict) else { return }
    session.predict()
    let outputs = logits.count / image.batch
    for sample in 0..<count {
      let row = logits.from(sample &* outputs).first(outputs)
      do throws(DataError) { try row.checkResults(of: index) } catch { throw Failure.data(data, error) }
      try print(index, row, isJSON: options.isJSON)
      index &+= 1
    }
  }
}

/// Samples without need for labels: of packed data, or of a stream.
private struct PredictedSamples {
  private let path: CText
  private var pass: DataCursor?
  private var stream: StreamFeed?

  init(_ path: CText, for image: Image) throws(Failure) {
    if isBuilt(.stream) && equal(path, "-") {
      self.path = standardInput.utf8
      do throws(FeedError) { stream = try StreamFeed(file: 0, for: image, DataProgress()) } catch {
        throw Failure.feed(self.path, error)
      }
    } else {
      self.path = path
      pass = try openPass(path, openPack(path, .all, for: image, checksLabels: false), .all, for: image)
    }
  }

  /// Writes the next samples and returns how many there are, 0 at the end.
  mutating func fill(_ buffers: BatchBuffers) throws(Failure) -> Int {
    do throws(FeedError) {
      if isBuilt(.stream), stream != nil { return try stream?.fillPart(of: buffers) ?? 0 }
    } catch { throw Failure.feed(path, error) }
    do throws(DataError) { return try pass?.fill(buffers) ?? 0 } catch { throw Failure.data(path, error) }
  }
}

private func print(_ index: Int, _ logits: Elements<Float>, isJSON: Bool) throws(Failure) {
  var line = FixedText(isJSON ? "{\"sample\":" : "")
  line += index
  line += isJSON ? ",\"class\":" : " "
  line += logits.largest(of: logits.count)
  if isJSON { line += ",\"logits\":[" }
  for output in 0..<logits.count {
    if line.isNearlyFull {
      try print(line)
      line = FixedText()
    }
    if !isJSON { line += " " } else if output > 0 { line += "," }
    line += logits[output]
  }
  line += isJSON ? "]}\n" : "\n"
  try print(line)
}
