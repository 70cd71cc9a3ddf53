// swift-tools-version: 6.2
import PackageDescription

// Targets stand in dependency order. Two groups of settings: host code, and board code.

/// Host code: compiler stages, library, command line.
let host: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// Board code as the host compiles it: anything Embedded Swift would refuse is an error here too.
let shared: [SwiftSetting] = [
  .treatWarning("EmbeddedRestrictions", as: .error), .strictMemorySafety(),
]

/// Board code as a board compiles it: Embedded Swift that may not allocate.
let board: [SwiftSetting] = [
  .enableExperimentalFeature("Embedded"),
  .unsafeFlags(["-wmo", "-Xfrontend", "-no-allocations"]),
]

/// One stage of the compiler: a folder below `compiler/`.
func stage(_ name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "compiler/\(name)", exclude: exclude, swiftSettings: host)
}

/// The tests of one module, or of several together.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: host)
}

let package = Package(
  name: "espalier",
  products: [
    .executable(name: "espalier", targets: ["EspalierCommand"]),
    .library(name: "Espalier", targets: ["Espalier", "Trace"]),
    .library(name: "CEspalier", targets: ["CEspalier", "EspalierSession"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // The system, and libraries that Debian keeps.
    .target(name: "CPlatform"),
    .target(name: "CMemory", dependencies: ["CJemalloc"]),
    .target(name: "CKernels"),
    .target(name: "CLaunch"),
    .target(name: "CPeak"),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),

    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CPictures", dependencies: ["CPNG", "CJPEG"]),

    // Board code, compiled twice: for the host, and as a board does (the twin target).
    .target(
      name: "Runtime", dependencies: ["CPlatform", "CKernels"], exclude: ["Image/FORMAT.md"], swiftSettings: shared),
    .target(
      name: "RuntimeBoard", dependencies: ["CPlatform", "CKernels"], exclude: ["Image/FORMAT.md"],
      swiftSettings: board),

    // What runs on a board beside it; `espalier build` compiles both as one module.
    .target(name: "Board", dependencies: ["RuntimeBoard", "CPlatform"], swiftSettings: board),

    // The same for programs in C: header and functions; build.sh makes libraries of them.
    .target(name: "CEspalier", exclude: ["Session", "build.sh", "README.md"]),
    .target(
      name: "EspalierSession", dependencies: ["CEspalier", "Runtime", "CPlatform"], path: "Sources/CEspalier/Session",
      swiftSettings: shared),

    // The stages of the compiler.
    stage("IR", "Runtime"),
    stage("Operators", "IR", "Runtime"),
    stage("Memory"),
    stage("Evaluate", "IR", "Operators", "Memory", "Runtime"),
    stage("Schedule", "IR", "Operators", "Memory"),
    stage("Emit", "IR", "Operators", "Schedule", "Memory", "Runtime"),
    stage("Trace", "IR", "Operators"),
    stage("Select", "IR", "Operators", exclude: ["policy.schema.json"]),
    stage("Differentiate", "IR", "Operators", "Select"),
    stage("Passes", "IR", "Operators", "Runtime"),
    stage("Report", "IR", "Schedule", "Memory", "Select"),
    stage("Samples", "IR", "Runtime", "CPlatform", "CZlib", "CPictures"),
    stage(
      "ONNX", "IR", "Operators", "Evaluate", "Samples", "Runtime",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      exclude: ["Generated/generate.sh"]),
    stage("Quantize", "IR", "Operators", "ONNX", "Evaluate", "Passes"),
    stage(
      "Driver", "IR", "Operators", "ONNX", "Select", "Differentiate", "Passes", "Schedule", "Memory", "Emit", "Report",
      "Runtime", exclude: ["Alternates/schedule.schema.json"]),

    stage("Measure", "IR", "Operators", "Memory", "Report", "Runtime", "CKernels", "CPeak", "CPlatform"),

    stage("Deploy", "Samples", "Select", "Runtime", "CPlatform", "CLaunch"),

    // What users see.
    .target(
      name: "Espalier",
      dependencies: [
        "Driver", "Samples", "Select", "Deploy", "Emit", "IR", "Measure", "ONNX", "Operators", "Quantize", "Report",
        "Runtime", "CKernels", "CPlatform", "COpenBLAS",
      ],
      swiftSettings: host),
    .executableTarget(
      name: "EspalierCommand",
      dependencies: [
        "Espalier", "Deploy", "Driver", "Samples", "Differentiate", "IR", "Measure", "Memory", "ONNX", "Passes",
        "Quantize", "Report", "Runtime", "Select", "CJemalloc", "CLaunch", "CMemory", "CPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/espalier", swiftSettings: host),

    .target(
      name: "Support", dependencies: ["IR", "Operators", "Evaluate", "Runtime"], path: "Tests/Support",
      swiftSettings: host),
    tests(
      "RuntimeTests", "Runtime", "Emit", "Evaluate", "IR", "Operators", "Schedule", "Support", "CKernels", "CPlatform"),
    tests("OperatorsTests", "Operators", "IR", "Evaluate", "Runtime", "Support", "CKernels"),
    tests("SamplesTests", "Samples", "IR", "Runtime", "CPNG", "CJPEG", "CZlib", "Support"),
    tests("IRTests", "IR", "Operators", "Support"),
    tests("MemoryTests", "Memory"),
    tests("MeasureTests", "Measure"),
    tests("DeployTests", "Deploy", "Runtime", "Support"),
    tests(
      "ScheduleTests", "Schedule", "IR", "Operators", "Memory", "Emit", "Evaluate", "Runtime", "Select",
      "Differentiate", "Passes",
      "Support"),
    tests("PassesTests", "Passes", "Differentiate", "Evaluate", "IR", "Operators", "Select", "Support", "Trace"),
    tests("SelectTests", "Select", "Evaluate", "IR", "Operators"),
    tests("DifferentiateTests", "Differentiate", "Passes", "Trace", "Select", "Evaluate", "IR", "Operators", "Support"),
    tests(
      "ONNXTests", "ONNX", "Samples", "Evaluate", "IR", "Operators", "Passes", "Support",
      .product(name: "SwiftProtobuf", package: "swift-protobuf")),
    tests(
      "QuantizeTests", "Quantize", "ONNX", "Passes", "Evaluate", "IR", "Operators", "Support",
      .product(name: "SwiftProtobuf", package: "swift-protobuf")),
    tests(
      "DriverTests", "Driver", "ONNX", "Select", "Trace", "Report", "Samples", "Emit", "IR", "Runtime", "Operators",
      "Support"),
    tests("OracleTests", "Driver", "Report", "Select", "Support"),
    tests(
      "EndToEndTests", "CEspalier", "EspalierSession", "Espalier", "Deploy", "Driver", "Samples", "IR", "Memory",
      "ONNX",
      "Report", "Runtime", "Support", "CJemalloc",
      .product(name: "SwiftProtobuf", package: "swift-protobuf")),
  ]
)
