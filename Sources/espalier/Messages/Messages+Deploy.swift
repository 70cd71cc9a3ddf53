import Deploy
import Foundation

extension DeployError: Explained {
  var failure: Failure {
    switch self {
    case .noTool(let name):
      Failure(
        .notFound, "\(name) is neither beside swiftc nor in PATH: the Swift toolchain is not complete",
        advice: "install Swift 6.3.1 or later and put its usr/bin in PATH")
    case .noToolset(let path):
      Failure(
        .notFound, "there is no \(path), which has the flags to build for the target",
        advice: "write one; targets/README.md says what is in it")
    case .toolset(let path, let reason):
      Failure(.malformed, "\(path): \(reason)", advice: "compare it with targets/host/toolset.json")
    case .noSources(let path):
      Failure(
        .notFound, "the sources of the runner are not at \(path)",
        advice: "run the espalier of a source tree, or install its Sources beside its targets")
    case .noParts(let target, let output):
      Failure(
        .notFound, "nothing can be linked for \(target) here: \(errorLines(output).first ?? "")",
        advice: "install what is missing: targets/setup.sh \(target)")
    case .notABundle(let path, let found):
      Failure(
        .cannotCreate, "\(path) is there and is not, or not only, a bundle: it holds \(found)",
        advice: "name another folder, or move \(found) away")
    case .cannotRead(let path, let cause): .cannotRead(path, cause)
    case .cannotWrite(let path, let cause): .cannotWrite(path, cause)
    case .noCgroup:
      Failure(
        .cannotCreate, "no memory control group can be made: this user may not, or there is no controller",
        advice: "run as root, under systemd-run --user --scope -p Delegate=yes, or with --limit address-space")
    case .cannotStart(let program, let cause):
      Failure(
        cause == ENOENT ? .notFound : cause == ENOEXEC ? .malformed : .ioError,
        "\(program) cannot be started: \(String(cString: strerror(cause)))",
        advice: cause == ENOENT
          ? "check the path; emulators come with Debian's qemu-user-static"
          : "a runner for another board needs its emulator: --target NAME")
    case .tool, .allocates, .depends, .notELF: buildFailure
    }
  }

  /// What should not happen with the sources and toolsets of the project.
  private var buildFailure: Failure {
    switch self {
    case .tool(let name, let status, let output):
      Failure(
        .defect, "\(name) ended with status \(status):\n\(lastLines(output, 20))",
        advice: "check the flags in the target's toolset.json; if it is one of ours, report it")
    case .allocates(let symbols):
      Failure(
        .defect, "the runner would allocate memory: it calls \(symbols.joined(separator: ", "))",
        advice: "report it, with the plan")
    case .depends(let libraries):
      Failure(
        .defect, "the runner would need \(libraries.joined(separator: ", ")) beside libc",
        advice: "check the linker's flags in the target's toolset.json; if it is one of ours, report it")
    default: .defect(self)
    }
  }
}

private func lastLines(_ text: String, _ count: Int) -> String {
  errorLines(text).suffix(count).joined(separator: "\n")
}

/// Lines that tell errors; all lines where none says so.
private func errorLines(_ text: String) -> [Substring] {
  let lines = text.split(separator: "\n")
  let errors = lines.filter { $0.contains("error:") }
  return errors.isEmpty ? lines : errors
}
