// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "from-scratch",
  dependencies: [.package(name: "espalier", path: "../..")],
  targets: [.executableTarget(name: "FromScratch", dependencies: [.product(name: "Espalier", package: "espalier")])]
)
