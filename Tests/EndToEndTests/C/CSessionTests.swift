import CEspalier
import Espalier
import EspalierSession
import Foundation
import Samples
import Support
import Testing

/// What the C functions do, compared with the command and the library.
struct CSessionTests {
  private let scratch: ScratchFolder
  private let x: [Float]
  private let y: [Int32]

  init() throws {
    scratch = try CPlans.shared.get().copy()
    let file = try scratch.arrays("d.npz")
    x = try file.array("x", path: "d.npz").floats()
    y = try file.array("y", path: "d.npz").numbers(0..<48).map { Int32($0) }
  }

  private func command(_ words: String...) throws {
    let result = try Command.espalier.run(words, in: scratch.path)
    try #require(result.status == 0, "\(result.errors)")
  }

  /// Trains the first so many batches of a pass in the order of the file.
  private func batches(_ session: CSession, _ range: Range<Int>) throws {
    for batch in range { _ = try session.step(x[batch * 768..<(batch + 1) * 768], Array(y[batch * 4..<batch * 4 + 4])) }
  }

  /// The persistent section alone: header and digest tell the place in the data, which samples in memory have not.
  private func weights(_ checkpoint: [UInt8]) -> ArraySlice<UInt8> { checkpoint[128...].dropLast(32) }

  @Test(arguments: CPlans.names) func itSaysWhatThePlanIs(name: String) throws {
    let plan = try Plan(path: scratch.file(name + ".plan"))
    let session = CSession()
    #expect(espalier_open_file(session.session, espalier_session_size(), plan.path) == ESPALIER_OK)
    let info = try session.info()
    #expect(info.arena_bytes == UInt64(plan.report.arenaBytes) && info.image_bytes == UInt64(plan.report.imageBytes))
    #expect(info.batch == 4 && info.accumulation == (name == "f32" ? 2 : 1) && info.classes == 3 && info.outputs == 3)
    #expect(info.rank == 3 && info.shape.0 == 3 && info.shape.1 == 8 && info.shape.2 == 8 && info.shape.3 == 0)
    #expect(info.layout == ESPALIER_MODEL.rawValue && info.label_rank == 0)
    #expect(info.sample_bytes == 768 && info.label_bytes == 4 && info.planned_steps == 60)
    let digest = withUnsafeBytes(of: info.digest) { $0.map { String(format: "%02x", $0) }.joined() }
    #expect(digest == plan.report.digest)
    #expect(withUnsafeBytes(of: info.mode) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } == name)
    var json: UnsafePointer<CChar>?
    var bytes = 0
    try session.check(espalier_metadata(session.session, &json, &bytes))
    let text = Foundation.Data(bytes: try #require(json), count: bytes)
    let object = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect((object["report"] as? [String: Any])?["mode"] as? String == name)
  }

  @Test(arguments: CPlans.names) func samplesInMemoryTrainAsPackedOnesDo(name: String) throws {
    let session = try CSession(scratch.file(name + ".plan"))
    try batches(session, 0..<8)
    let updates = name == "f32" ? 4 : 8
    try command(
      "train", name + ".plan", "--data", "d.pack", "--no-shuffle", "--steps", "\(updates)", "--checkpoint", "h.ckpt")
    #expect(try weights(session.checkpoint(in: scratch)) == weights(scratch.read("h.ckpt")))
    let progress = try session.progress()
    #expect(progress.step == updates && progress.samples == 32 && progress.micro_step == 0 && progress.loss > 0)
    if name == "f32" {
      let half = try session.step(x[..<768], Array(y[..<4]))
      #expect(half.is_update == 0 && half.step == 4 && half.samples == 4)
      #expect(try session.progress().micro_step == 1)
    }
  }

  @Test(arguments: CPlans.names) func anImageInMemoryIsThatOfTheFile(name: String) throws {
    let session = CSession()
    try session.check(session.open(scratch.read(name + ".plan")))
    try session.start()
    let other = try CSession(scratch.file(name + ".plan"))
    for one in [session, other] { try batches(one, 0..<3) }
    #expect(try session.checkpoint(in: scratch) == other.checkpoint(in: scratch))
  }

  @Test(arguments: CPlans.names) func packedDataTrainAsTheCommandDoes(name: String) throws {
    let session = try CSession(scratch.file(name + ".plan"))
    let data = try CData(session, scratch.file("d.pack"))
    let order = espalier_order(seed: 7, flags: ESPALIER_FLIP.rawValue | ESPALIER_SHIFT.rawValue, reserved: 0)
    for step in 1...10 { #expect(try session.train(data, order).step == UInt64(step)) }
    // Another session goes on, by its own order or by the checkpoint's.
    try session.check(espalier_save(session.session, scratch.file("c.ckpt")))
    let next = try CSession(scratch.file(name + ".plan"))
    var slot = ESPALIER_PREVIOUS
    try next.check(espalier_load(next.session, scratch.file("c.ckpt"), &slot))
    #expect(slot == ESPALIER_NEWEST)
    var anonymous = order
    anonymous.seed = 0
    for _ in 0..<5 { _ = try next.train(data, anonymous) }
    try command(
      "train", name + ".plan", "--data", "d.pack", "--steps", "15", "--checkpoint", "h.ckpt", "--seed", "7",
      "--augment",
      "flip,shift")
    #expect(try next.checkpoint(in: scratch) == scratch.read("h.ckpt"))
    var other = order
    other.seed = 8
    #expect(espalier_train(next.session, data.data, &other, nil) == ESPALIER_USAGE)
    #expect(next.text.contains("seed 8") && next.text.contains("seed 7"))
    try next.check(espalier_reset(next.session))
    #expect(try next.train(data, other).step == 1)
  }

  @Test(arguments: CPlans.names) func predictionsAreThoseOfTheCommand(name: String) throws {
    let session = try CSession(scratch.file(name + ".plan"))
    let data = try CData(session, scratch.file("d.pack"))
    for _ in 0..<12 { _ = try session.train(data) }
    try session.check(espalier_save(session.session, scratch.file("c.ckpt")))
    try command("predict", name + ".plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "-o", "p.npz")
    let file = try scratch.arrays("p.npz")
    let logits = try file.array("logits", path: "p.npz").floats()
    // 47: the last batch is not full.
    let mine = try session.predict(Array(x.prefix(47 * 192)), count: 47)
    #expect(mine.logits == Array(logits.prefix(47 * 3)))
    #expect(try mine.classes.map { Double($0) } == file.array("classes", path: "p.npz").numbers(0..<47))
    for (index, probability) in mine.probabilities.enumerated() {
      let row = logits[3 * index..<3 * index + 3]
      let best = try #require(row.max())
      #expect(abs(probability - 1 / row.reduce(0) { $0 + exp($1 - best) }) < 1e-6)
    }
    var packed = CPredictions(5, outputs: 3)
    try packed.fill { espalier_predict_data(session.session, data.data, 40, 5, $0) }
    #expect(packed.logits == Array(logits[120..<135]) && packed.classes == Array(mine.classes[40..<45]))
    let before = try session.checkpoint(in: scratch)
    #expect(try before == scratch.read("c.ckpt"), "predicting has changed the training")
  }

  @Test(arguments: CPlans.names) func judgementsAreThoseOfTheCommand(name: String) throws {
    let session = try CSession(scratch.file(name + ".plan"))
    let data = try CData(session, scratch.file("d.pack"))
    for _ in 0..<3 { _ = try session.train(data) }
    try session.check(espalier_save(session.session, scratch.file("c.ckpt")))
    let host = try scratch.espalier(
      "eval", name + ".plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--json"
    ).json
    var packed = espalier_score()
    try session.check(espalier_evaluate_data(session.session, data.data, &packed))
    #expect(packed.correct == host["correct"] as? UInt64 && packed.samples == 12)
    var mine = espalier_score()
    let tail = Array(x[(36 * 192)...])
    let labels = Array(y[36...])
    try session.check(espalier_evaluate(session.session, 12, tail, 4 * tail.count, labels, 48, &mine))
    #expect(mine.correct == packed.correct && mine.samples == 12 && mine.mean_squared_error == 0)
  }

  @Test func targetsAreCompared() throws {
    try command(
      "compile", "--mode", "f32", CPlans.shared.get().folder.file("m.onnx"), "-o", "t.plan", "--loss", "mse", "--batch",
      "4", "--lr", "0.01", "--steps", "20")
    let session = try CSession(scratch.file("t.plan"))
    let info = try session.info()
    #expect(info.classes == 0 && info.label_elements == 5 && info.label_bytes == 20)
    let targets = [Float](repeating: 0.5, count: 20)
    let samples = Array(x[..<768])
    var report = espalier_report()
    try session.check(espalier_step(session.session, samples, 3072, targets, 80, &report))
    #expect(report.correct == -1 && report.loss > 0 && report.is_update == 1)
    var logits = [Float](repeating: 0, count: 20)
    let status = logits.withUnsafeMutableBufferPointer {
      var request = espalier_predictions()
      request.logits = $0.baseAddress
      request.logits_bytes = 80
      return espalier_predict(session.session, 4, samples, 3072, &request)
    }
    #expect(status == ESPALIER_OK)
    var score = espalier_score()
    try session.check(espalier_evaluate(session.session, 4, samples, 3072, targets, 80, &score))
    let expected = logits.reduce(0) { $0 + Double($1 - 0.5) * Double($1 - 0.5) } / 20
    #expect(abs(score.mean_squared_error - expected) < 1e-9 * expected && score.correct == 0)
    var classes = [Int32](repeating: 0, count: 4)
    let refused = classes.withUnsafeMutableBufferPointer {
      var request = espalier_predictions()
      request.classes = $0.baseAddress
      request.classes_bytes = 16
      return espalier_predict(session.session, 4, samples, 3072, &request)
    }
    #expect(refused == ESPALIER_USAGE && session.text.contains("no classes"))
  }

  /// Bytes with a normalization, and other orders of the same numbers, come to the same logits.
  @Test func formatsAreWaysToSayTheSame() throws {
    let session = try CSession(scratch.file("f32.plan"))
    let bytes = (0..<(4 * 192)).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let mean: [Float] = [0.5, 0.25, 0.125]
    let floats = bytes.enumerated().map { (Float($1) * 0.25 - mean[$0 / 64 % 3]) / 2 }
    let expected = try session.predict(floats, count: 4)
    var last = [Float](repeating: 0, count: floats.count)
    for index in floats.indices {
      let (sample, channel, pixel) = (index / 192, index / 64 % 3, index % 64)
      last[sample * 192 + pixel * 3 + channel] = floats[index]
    }
    var format = espalier_format()
    format.type = ESPALIER_F32.rawValue
    format.layout = ESPALIER_PICTURE.rawValue
    try session.check(espalier_set_format(session.session, &format))
    #expect(try session.predict(last, count: 4) == expected)
    format = espalier_format()
    format.type = ESPALIER_U8.rawValue
    format.layout = ESPALIER_MODEL.rawValue
    format.scale = 0.25
    (format.mean.0, format.mean.1, format.mean.2) = (mean[0], mean[1], mean[2])
    (format.deviation.0, format.deviation.1, format.deviation.2) = (2, 2, 2)
    try session.check(espalier_set_format(session.session, &format))
    #expect(try session.info().sample_bytes == 192)
    var result = CPredictions(4, outputs: 3)
    try result.fill { espalier_predict(session.session, 4, bytes, bytes.count, $0) }
    #expect(result == expected)
    format.deviation.1 = 0
    #expect(espalier_set_format(session.session, &format) == ESPALIER_USAGE && session.text.contains("deviation"))
    format.type = 2
    #expect(espalier_set_format(session.session, &format) == ESPALIER_USAGE && session.text.contains("type"))
    try session.check(espalier_set_format(session.session, nil))
    #expect(try session.predict(floats, count: 4) == expected)
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    let session = try CSession(scratch.file("i8.plan"))
    let path = scratch.file("c.ckpt")
    try batches(session, 0..<2)
    try session.check(espalier_save(session.session, path))
    let first = try scratch.read("c.ckpt")
    try batches(session, 2..<4)
    try session.check(espalier_save(session.session, path))
    #expect(try scratch.read("c.ckpt.previous") == first)
    var bytes = try scratch.read("c.ckpt")
    bytes[bytes.count / 2] ^= 1
    try scratch.write("c.ckpt", bytes)
    var slot = ESPALIER_NEWEST
    try session.check(espalier_load(session.session, path, &slot))
    #expect(slot == ESPALIER_PREVIOUS && session.text.contains("SHA-256"))
    #expect(try session.progress().step == 2)
    // What is damaged does not take the place of what is whole.
    try session.check(espalier_save(session.session, path))
    #expect(try scratch.read("c.ckpt.previous") == first && scratch.read("c.ckpt") == first)
  }

  @Test func sessionsOfTheirOwnRunInThreadsOfTheirOwn() async throws {
    let alone = try CSession(scratch.file("f32.plan"))
    let data = try CData(alone, scratch.file("d.pack"))
    for _ in 0..<30 { _ = try alone.train(data) }
    let expected = try alone.checkpoint(in: scratch)
    let (plan, pack) = (scratch.file("f32.plan"), scratch.file("d.pack"))
    let results = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<4 {
        group.addTask {
          let session = try CSession(plan)
          let data = try CData(session, pack)
          for _ in 0..<30 { _ = try session.train(data) }
          return try session.checkpoint(in: ScratchFolder())
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == [[UInt8]](repeating: expected, count: 4))
  }
}
