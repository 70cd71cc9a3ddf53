// swift-tools-version: 6.2
import PackageDescription

// Measures speed; a package of its own, so that nobody who depends on Espalier gets its dependencies.
let package = Package(
  name: "espalier-benchmarks",
  dependencies: [
    .package(name: "espalier", path: "../.."),
    // Without traits it interposes neither malloc nor the Swift runtime, which would cost time.
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "CPeak"),
    .executableTarget(
      name: "Kernels",
      dependencies: [
        "CPeak", .product(name: "Espalier", package: "espalier"), .product(name: "Benchmark", package: "benchmark"),
      ], path: "Benchmarks/Kernels", plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(name: "Step", dependencies: [.product(name: "Espalier", package: "espalier")]),
  ]
)
