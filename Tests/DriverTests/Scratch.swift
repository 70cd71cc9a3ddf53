import Driver
import IR
import Operators
import Report
import Testing
import Trace

func mobileNet(batch: Int = 1, size: Int = 96) throws -> Graph {
  try trace(TensorType(batch, size, size, 3), seed: 5) { x in
    var h = x.conv("features.0", outputs: 32, kernel: 3, stride: 2, padding: 1).relu6()
    var i = 1
    for (t, c, n, s) in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)] {
      for j in 0..<n {
        let stride = j == 0 ? s : 1
        h = h.scope("features.\(i)") { x in
          let hidden = x.shape[3] * t
          var y = x
          if t != 1 { y = y.conv("expand", outputs: hidden, kernel: 1).relu6() }
          y = y.depthwiseConv("dw", kernel: 3, stride: stride, padding: 1).relu6().conv("project", outputs: c, kernel: 1)
          return stride == 1 && x.shape[3] == c ? x + y : y
        }
        i += 1
      }
    }
    return h.conv("features.18", outputs: 1280, kernel: 1).relu6().globalAverage().dense("classifier", outputs: 10)
  }
}

@Test func scratchMobile() throws {
  for (policy, batch) in [("full", 1), ("bias", 1), ("last-6", 1), ("head", 1), ("full", 8)] {
    var o = CompileOptions()
    o.policy = .preset(policy)
    let clock = ContinuousClock()
    var r: PlanReport?
    let t = try clock.measure {
      guard case .plan(let c) = try compile(traced: mobileNet(batch: batch), o) else { return }
      r = c.report
    }
    let x = r!
    print(policy, batch, t, "arena", x.arenaBytes, "lb", x.lbSchedule, x.lbOrder, x.lbOperator, "saved", x.savedBytes, "peak", x.peakStep, "of", x.steps, x.bytesByClass, x.macsForward, x.macsBackward, x.imageBytes)
    print(x.peakTensors.prefix(6))
  }
}
