import CFuzzer
import Foundation
import Glibc
import IR
import ONNX
import Select

@testable import Samples

// Readers of the host on bytes that libFuzzer makes up: models, arrays and policies of whoever wrote them.

/// The first byte of an input says what the others are.
enum HostInput: UInt8, CaseIterable { case onnx, npz, policy }

@c(LLVMFuzzerInitialize)
public func begin(_ count: UnsafeMutablePointer<CInt>?, _ words: UnsafeMutableRawPointer?) -> CInt {
  if let folder = getenv("FUZZ_SEEDS") {
    writeModels(to: String(cString: folder))
    exit(0)
  }
  atexit { Tally.shared.print() }
  return 0
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 1, let kind = HostInput(rawValue: data[0]) else { return 0 }
  let bytes = [UInt8](UnsafeBufferPointer(start: data + 1, count: count - 1))
  Tally.shared.inputs += 1
  let isAccepted =
    switch kind {
    case .onnx: isRead(bytes)
    case .npz: readArrays(bytes)
    case .policy: readPolicy(bytes)
    }
  if isAccepted { Tally.shared.accepted += 1 }
  if Tally.shared.inputs % (1 << 16) == 0 { Tally.shared.print() }
  return 0
}

/// Networks that use most rules between them, as inputs.
private func writeModels(to folder: String) {
  for (index, maker) in MutationSeeds.all.enumerated() {
    guard let bytes = try? maker.bytes(), isRead(bytes),
      (try? Data([HostInput.onnx.rawValue] + bytes).write(to: URL(filePath: folder + "/\(index)"))) != nil
    else { fatalError("model \(index) is not read or written") }
  }
}

/// How many inputs there were, and how many of them the reader accepted.
private struct Tally {
  var inputs = 0
  var accepted = 0
  nonisolated(unsafe) static var shared = Tally()

  func print() {
    fputs("tally: \(inputs) inputs, \(accepted) accepted\n", stderr)
    fflush(stderr)
  }
}

/// Every array of the file, and then its samples as training takes them.
private func readArrays(_ bytes: [UInt8]) -> Bool {
  let storage = OwnedBytes(bytes)
  _ = try? NPZ.names(in: storage, path: "x.npz")
  guard let file = try? NPZ(storage, path: "x.npz") else { return false }
  for (_, array) in file.arrays where array.count <= 1 << 12 {
    _ = array.numbers(0..<array.count)
    _ = array.npyPrefix()
  }
  guard file.arrays.allSatisfy({ $0.array.count <= 1 << 16 }) else { return true }
  for needsLabels in [true, false] {
    guard let source = try? ArraySource(file, path: "x.npz", needsLabels: needsLabels), source.labels.samples > 0 else {
      continue
    }
    for index in [0, source.labels.samples - 1] { _ = try? source.sample(index) }
  }
  return (try? file.encoded(path: "x.npz")) != nil
}

/// What is read is written and read again as the same, and resolved or refused.
private func readPolicy(_ bytes: [UInt8]) -> Bool {
  guard let policy = try? UpdatePolicy(json: bytes) else { return false }
  guard (try? UpdatePolicy(json: policy.json())) == policy else { fatalError("another policy once it is written") }
  guard let (graph, promoted) = try? network.promoting(policy.resolve(in: network)) else { return true }
  guard (try? graph.verify()) != nil, !promoted.isEmpty else { fatalError("a graph that does not hold together") }
  return true
}

nonisolated(unsafe) private let network: Graph = {
  guard let graph = try? smallNetwork() else { fatalError("no network") }
  return graph
}()
