import CLaunch
import Foundation

/// How memory of a program is limited.
public enum MemoryLimit: String, CaseIterable, Sendable {
  /// A memory control group: everything that the kernel charges to the program, kernel memory included.
  case cgroup
  /// Address space that can be written to, `RLIMIT_DATA`: heap and private mappings.
  case addressSpace = "address-space"

  /// Bytes beside a cap that a runner takes where nothing is wrong.
  ///
  /// Of a control group: 512 KiB that a runner proves to be there before it starts, stack, data of libc, the kernel's own
  /// records of a process, and 8 bytes of page tables for each page of the cap. Runs themselves take 160 to 300 KiB, by
  /// chance: what is written to a checkpoint is charged until the disk has it, and pages that the kernel dropped are read
  /// again. That proof takes the chance out: with 128 KiB less every run is killed before its first step (a dynamic
  /// runner on x86-64 and Linux 6.18, while caches are dropped and the disk is busy).
  public func baseBytes(cap: Int) -> Int {
    switch self {
    case .cgroup: 768 << 10 + (cap / 512 + 4095) / 4096 * 4096
    case .addressSpace: 128 << 10
    }
  }
}

/// What became of a program that ran under a limit.
public struct LimitedRun: Sendable {
  /// Exit status; 128 and the number of the signal where one ended it.
  public let status: Int32
  /// Whether the kernel ended it because of the limit.
  public let isKilledAtLimit: Bool
  /// How it was limited; nil for not at all.
  public let limit: MemoryLimit?
  /// Bytes that it might take beside its cap; 0 without a limit.
  public let baseBytes: Int
  /// Anonymous bytes that were resident at its end; nil where the system does not tell.
  public let anonymousBytes: Int?
  /// The most resident bytes, code and files among them; nil where the system does not tell.
  public let peakResidentBytes: Int?
  /// The most bytes that the control group was charged with; nil without one.
  public let peakChargedBytes: Int?

  /// Runs a program with this process's standard streams, to its end.
  ///
  /// - Parameters:
  ///   - words: program and arguments.
  ///   - cap: bytes for the plan; nil for no limit.
  ///   - base: bytes for everything else; nil for those of the way it is limited.
  ///   - limit: how to limit it; nil for a control group where one can be had, else the address space.
  ///   - output: descriptor that its standard output goes to instead of this process's own.
  /// - Throws: `DeployError.noCgroup`, `cannotStart`.
  public init(_ words: [String], cap: Int? = nil, base: Int? = nil, by limit: MemoryLimit? = nil, output: Int32? = nil)
    throws(DeployError)
  {
    guard let cap else {
      let result = try LimitedRun.launch(words, group: nil, dataBytes: 0, output)
      self.init(result, by: nil, base: 0, kills: 0, peakChargedBytes: nil)
      return
    }
    func bytes(_ limit: MemoryLimit) -> Int { base ?? limit.baseBytes(cap: cap) }
    if limit != .addressSpace, let group = MemoryCgroup(limit: cap + bytes(.cgroup)) {
      let result = try LimitedRun.launch(words, group: group.members, dataBytes: 0, output)
      self.init(
        result, by: .cgroup, base: bytes(.cgroup), kills: group.kills, peakChargedBytes: group.peakBytes)
      return
    }
    guard limit != .cgroup else { throw .noCgroup }
    let base = bytes(.addressSpace)
    let result = try LimitedRun.launch(words, group: nil, dataBytes: cap + base, output)
    self.init(result, by: .addressSpace, base: base, kills: 0, peakChargedBytes: nil)
  }

  private init(_ result: cl_result, by limit: MemoryLimit?, base: Int, kills: Int, peakChargedBytes: Int?) {
    status = result.signal == 0 ? result.status : 128 + result.signal
    isKilledAtLimit = kills > 0 && result.signal == SIGKILL
    self.limit = limit
    baseBytes = base
    anonymousBytes = result.anonymous_bytes < 0 ? nil : Int(result.anonymous_bytes)
    peakResidentBytes = result.peak_bytes < 0 ? nil : Int(result.peak_bytes)
    self.peakChargedBytes = peakChargedBytes
  }

  private static func launch(_ words: [String], group: String?, dataBytes: Int, _ output: Int32?) throws(DeployError)
    -> cl_result
  {
    var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    defer { for word in list { free(word) } }
    list.append(nil)
    let members = group.map { strdup($0) } ?? nil
    defer { free(members) }
    var limit = cl_limit(group: members, data_bytes: UInt64(dataBytes), output: output ?? -1)
    var result = cl_result()
    let cause = cl_run(list, &limit, &result)
    guard cause == 0 else { throw .cannotStart(program: words[0], cause: cause) }
    return result
  }
}
