import Foundation
import Support
import Testing

/// The libraries as a program in C sees them.
struct CLibraryTests {
  private let library: CLibrary
  private let scratch: ScratchFolder

  init() throws {
    library = try CLibrary.shared.get()
    scratch = try CPlans.shared.get().copy()
  }

  /// Functions that the header declares.
  private func declared() throws -> Set<String> {
    let header = String(
      decoding: try [UInt8](Data(contentsOf: URL(filePath: library.folder + "/espalier.h"))), as: UTF8.self)
    return Set(header.matches(of: /\bespalier_[a-z_]+(?=\()/).map { String($0.output) })
  }

  /// Names that `nm` gives a letter of this set.
  private func symbols(_ options: [String], _ kinds: String) throws -> Set<String> {
    let lines = try CLibrary.run("/usr/bin/nm", options).split(separator: "\n")
    return Set(
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 2, kinds.contains(words[words.count - 2]) else { return nil }
        return words.last?.split(separator: "@").first.map(String.init)
      })
  }

  @Test func onlyTheFunctionsOfTheHeaderAreSeen() throws {
    let functions = try declared()
    #expect(functions.count > 20)
    #expect(try symbols(["-D", "--defined-only", library.shared], "TtDdBbRrVvWwA") == functions)
    #expect(try symbols(["--defined-only", "--extern-only", library.archive], "TtDdBbRrVvWwA") == functions)
  }

  @Test func nothingButLibcIsNeeded() throws {
    let needed = try CLibrary.run("/usr/bin/ldd", [library.shared]).split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map { String($0).trimmingCharacters(in: .whitespaces) }
    }
    #expect(needed.filter { !$0.hasPrefix("linux-vdso") && !$0.contains("/ld-linux") } == ["libc.so.6"])
    for file in [["-D", library.shared], [library.archive]] {
      let used = try symbols(["--undefined-only"] + file, "U")
      // What it does with files, memory that it moves, and words about an error; nothing that takes memory.
      let allowed: Set = [
        "__errno_location", "bcmp", "close", "fstat", "fsync", "memcpy", "memmove", "memset", "mmap", "munmap", "open",
        "rename", "snprintf", "stat", "strcpy", "strerror", "strlen", "strrchr", "unlink", "write",
        // Of checkpoints: no more of a file in memory than is being read or written.
        "madvise", "posix_fadvise", "sync_file_range", "sysconf",
        // Of plans that page values out.
        "ftruncate", "memfd_create", "posix_fallocate", "pread", "pwrite",
        // Of files that are nobody else's while they are written.
        "fcntl", "flock", "lstat", "read",
        // Of who may read and replace them.
        "fchmod", "geteuid",
        // Of threads, which an older libc has in a library of its own.
        "pthread_cond_broadcast", "pthread_cond_destroy", "pthread_cond_init", "pthread_cond_wait", "pthread_create",
        "pthread_join", "pthread_mutex_destroy", "pthread_mutex_init", "pthread_mutex_lock", "pthread_mutex_unlock",
        "pthread_sigmask", "sched_yield", "sigfillset", "getpid",
        // Of older versions of libc.
        "__fxstat", "__lxstat", "__xstat",
      ]
      #expect(used.subtracting(allowed).isEmpty && used.contains("mmap"), "\(used.subtracting(allowed))")
    }
  }

  @Test(arguments: CPlans.names, ["train", "train-static"])
  func theExampleEndsWithTheBytesOfTheCommand(plan: String, program: String) throws {
    let example = Command(path: library.folder + "/" + program)
    let trained = try example.run([plan + ".plan", "d.pack", "20", "c.ckpt"], in: scratch.path)
    #expect(trained.status == 0 && trained.errors.isEmpty, "\(trained.errors)")
    let host = try scratch.espalier(
      "train", plan + ".plan", "--data", "d.pack", "--steps", "20", "--checkpoint", "h.ckpt", "--json")
    #expect(host.status == 0)
    #expect(try scratch.read("c.ckpt") == scratch.read("h.ckpt"))
    let losses = trained.output.matches(of: /step \d+  loss (\S+)/).compactMap { Double($0.output.1) }
    let expected = try #require(host.json["losses"] as? [Double])
    #expect(losses.count == 20 && zip(losses, expected).allSatisfy { abs($0 - $1) <= 1e-5 * abs($1) })

    let evaluated = try scratch.espalier(
      "eval", plan + ".plan", "--data", "d.pack", "--checkpoint", "h.ckpt", "--json")
    let correct = try #require(evaluated.json["correct"] as? Int)
    #expect(trained.output.contains("\(correct) of 12 right"))
    let predict = [
      "predict", plan + ".plan", "--data", "d.pack", "--checkpoint", "h.ckpt", "-o", "p.npz",
    ]
    #expect(try Command.espalier.run(predict, in: scratch.path).status == 0)
    let classes = try scratch.arrays("p.npz").array("classes", path: "p.npz").numbers(0..<4)
    #expect(
      trained.output.matches(of: /sample \d+  class (\d+)/).compactMap { Double($0.output.1) } == classes)
  }

  @Test func theExampleSaysWhatIsWrong() throws {
    let example = Command(path: library.folder + "/train")
    let missing = try example.run(["none.plan", "d.pack", "1", "c.ckpt"], in: scratch.path)
    #expect(missing.status == 66 && missing.errors.contains("none.plan is not there; next: "))
    let wrong = try example.run(["d.pack", "d.pack", "1", "c.ckpt"], in: scratch.path)
    #expect(wrong.status == 65 && wrong.errors.contains("d.pack is no plan; next: "))
    let unwritable = try example.run(["f32.plan", "d.pack", "1", "no/such/c.ckpt"], in: scratch.path)
    #expect(unwritable.status == 73 && unwritable.errors.contains("no/such/c.ckpt cannot be written"))
  }
}
