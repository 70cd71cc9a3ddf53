#!/usr/bin/env bash
# Makes onnx.pb.swift from the message definitions that the Python package onnx ships.
# Needs Debian's protobuf-compiler, which it installs; the plugin comes with swift-protobuf.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
"$root/targets/setup.sh" host protobuf-compiler
python=$("$root/Tests/venv.sh" "$root/Tests")
protos=$("$python" -c 'import onnx, os; print(os.path.dirname(onnx.__file__))')

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
swift package --package-path "$root" resolve
checkout="$root/.build/checkouts/swift-protobuf"
swift build --package-path "$checkout" --scratch-path "$build" --product protoc-gen-swift
plugin="$(swift build --package-path "$checkout" --scratch-path "$build" --show-bin-path)/protoc-gen-swift"

protoc --plugin="protoc-gen-swift=$plugin" --proto_path="$protos" --swift_out="$build" onnx-ml.proto
{ echo "// swift-format-ignore-file" && cat "$build/onnx-ml.pb.swift"; } >"$here/onnx.pb.swift"
