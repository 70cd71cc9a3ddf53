import Espalier
import Report

extension RingDifference {
  func failure(_ ring: String) -> Failure {
    func refused(_ facts: String) -> Failure {
      Failure(.malformed, "\(ring) holds other samples: \(facts)", advice: "name a ring that is not there, to make one")
    }
    return switch self {
    case .inUse:
      Failure(
        .cannotCreate, "\(ring) is being written by another process",
        advice: "wait until that ends, or name another ring; a ring has one writer")
    case .full:
      Failure(
        .cannotCreate, "\(ring) has no numbers left for so many samples: it counts up to \(grouped(Int(UInt32.max)))",
        advice: "name a ring that is not there, to make one; whoever reads this one begins that with its first sample")
    case .noRing:
      Failure(.malformed, "\(ring) is no ring", advice: "name a ring, or a file that is not there, to make one")
        .naming(ring)
    case .shape(let path, let found, let expected):
      refused("they are of \(axesText(expected)), those of \(path) of \(axesText(found))")
    case .type(let path): refused("\(path) has samples of another type, bytes or floats")
    case .normalization(let path): refused("those of \(path) are scaled or normalized otherwise")
    case .labels(let path): refused("those of \(path) have other labels, classes or numbers")
    case .classes(let path, let found, let expected):
      refused("they are of \(counted(expected, "class", plural: "classes")), those of \(path) of \(found)")
    }
  }
}
