import CFuzzer
import Foundation
import IR
import SwiftProtobuf

@testable import ONNX

/// Changes an input in place, but never its kind; returns its new length.
@c(LLVMFuzzerCustomMutator)
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: UInt32) -> Int {
  guard count > 1, let kind = HostInput(rawValue: data[0]) else { return count }
  let body = data + 1
  if kind == .onnx, seed % 8 != 0, let changed = changedModel(body, count - 1, seed), changed.count < most {
    for (index, byte) in changed.enumerated() { body[index] = byte }
    return changed.count + 1
  }
  let size = LLVMFuzzerMutate(body, count - 1, most - 1)
  if kind == .npz { signEntries(body, size) }
  return size + 1
}

/// A model with other numbers in it.
private func changedModel(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ seed: UInt32) -> [UInt8]? {
  guard var proto = try? Onnx_ModelProto(serializedBytes: Data(bytes: bytes, count: count)),
    !proto.opsetImport.isEmpty, !proto.graph.node.isEmpty, !proto.graph.initializer.isEmpty,
    !proto.graph.input.isEmpty, !proto.graph.output.isEmpty
  else { return nil }
  var mutator = ModelMutator(seed: UInt64(seed))
  mutator.change(&proto)
  return try? proto.serializedBytes()
}
