import Benchmark
import CKernels
import CPeak

/// Vectors of the table in use.
let lanes =
  [(ck_avx512, 16), (ck_avx_vnni, 8), (ck_avx2, 8)].first { ck_kernels() == ck_kernels_for($0.0) }?.1 ?? 4

/// Rate of a kernel, and its share of what registers alone give at the same moment.
let rate = BenchmarkMetric.custom("MFLOPS", polarity: .prefersLarger, useScalingFactor: false)
let share = BenchmarkMetric.custom("share of peak, ‰", polarity: .prefersLarger, useScalingFactor: false)

/// Registers a benchmark of a kernel that does `macs` multiplications and as many additions.
func measure(_ name: String, macs: Int, _ kernel: @escaping @Sendable () -> Void) {
  let repetitions = max(1, 4_000_000 / macs)
  let configuration = Benchmark.Configuration(
    metrics: [rate, share], warmupIterations: 3, maxDuration: .milliseconds(300), maxIterations: 200)
  _ = Benchmark(name, configuration: configuration) { benchmark in
    let peak = peak_gflops(Int32(lanes))
    let clock = ContinuousClock()
    let time = clock.measure { for _ in 0..<repetitions { kernel() } }
    let seconds = Double(time.components.seconds) + 1e-18 * Double(time.components.attoseconds)
    let gflops = 2e-9 * Double(macs * repetitions) / seconds
    benchmark.measurement(rate, Int(1000 * gflops))
    benchmark.measurement(share, Int(1000 * gflops / peak))
  }
}
