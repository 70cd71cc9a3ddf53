import CPlatform
import RuntimeBoard

/// What a user asks for.
struct Options {
  enum Verb { case info, train, eval, predict, selftest }

  let verb: Verb
  var image: CText?
  var data: CText?
  var checkpoint: CText?
  var eval: CText?
  var best: CText?
  var plan: CText?
  var temperature: CText?
  var steps: Int?
  var epochs: Int?
  var every: Int?
  var evalEvery: Int?
  var patience: Int?
  var seed: UInt64?
  var deadline: Double?
  var until: Double?
  var temperatureLimit: Double?
  var resumes = false
  var overwrites = false
  var shuffles = true
  var flips = false
  var shifts = false
  var isJSON = false
  var isQuiet = false
  var wantsHelp = false

  /// - Throws: `Failure` for what is unknown, missing, or no number.
  init(_ verb: Verb, _ words: inout ArgumentReader) throws(Failure) {
    self.verb = verb
    while let word = words.next() {
      if try take(flag: word) { continue }
      if try take(common: word, &words) { continue }
      if isBuilt(.train) && verb == .train {
        if try take(training: word, &words) { continue }
        if isBuilt(.packed), try take(packed: word, &words) { continue }
        if isBuilt(.eval), try take(judging: word, &words) { continue }
      }
      guard word[0] != 45 else {
        throw Failure(.usage, word, " is no option of this verb", next: "./runner help")
      }
      guard image == nil else { throw Failure(.usage, word, " is one word too many", next: "./runner help") }
      image = word
    }
  }

  private mutating func take(flag word: CText) throws(Failure) -> Bool {
    if equal(word, "--json") {
      isJSON = true
    } else if equal(word, "-q") || equal(word, "--quiet") {
      isQuiet = true
    } else if equal(word, "--help") || equal(word, "-h") {
      wantsHelp = true
    } else if verb == .train && equal(word, "--resume") {
      resumes = true
    } else if isBuilt(.train) && verb == .train && equal(word, "--overwrite") {
      overwrites = true
    } else if isBuilt(.packed) && verb == .train && equal(word, "--no-shuffle") {
      shuffles = false
    } else {
      return false
    }
    return true
  }

  private mutating func take(common word: CText, _ words: inout ArgumentReader) throws(Failure) -> Bool {
    guard verb != .info && verb != .selftest else { return false }
    if equal(word, "--data") {
      data = try words.value(of: word)
    } else if equal(word, "--checkpoint") {
      checkpoint = try words.value(of: word)
    } else {
      return false
    }
    return true
  }

  private mutating func take(training word: CText, _ words: inout ArgumentReader) throws(Failure) -> Bool {
    if equal(word, "--steps") {
      steps = try words.count(of: word)
    } else if equal(word, "--every") {
      every = try words.count(of: word)
    } else if equal(word, "--deadline") {
      deadline = try words.decimal(of: word)
    } else if equal(word, "--temperature-limit") {
      temperatureLimit = try words.decimal(of: word)
    } else if equal(word, "--temperature") {
      temperature = try words.value(of: word)
    } else if equal(word, "--plan") {
      plan = try words.value(of: word)
    } else {
      return false
    }
    return true
  }

  /// What only packed data has: passes, and an order of its own.
  private mutating func take(packed word: CText, _ words: inout ArgumentReader) throws(Failure) -> Bool {
    if equal(word, "--epochs") {
      epochs = try words.count(of: word)
    } else if equal(word, "--seed") {
      seed = try words.number(of: word, upTo: .max)
    } else if equal(word, "--augment") {
      try takeAugmentation(words.value(of: word))
    } else {
      return false
    }
    return true
  }

  private mutating func take(judging word: CText, _ words: inout ArgumentReader) throws(Failure) -> Bool {
    if equal(word, "--eval") {
      eval = try words.value(of: word)
    } else if equal(word, "--eval-every") {
      evalEvery = try words.count(of: word)
    } else if equal(word, "--until") {
      until = try words.decimal(of: word)
    } else if equal(word, "--patience") {
      patience = try words.count(of: word)
    } else if equal(word, "--best") {
      best = try words.value(of: word)
    } else {
      return false
    }
    return true
  }

  private mutating func takeAugmentation(_ value: CText) throws(Failure) {
    flips = equal(value, "flip") || equal(value, "flip,shift") || equal(value, "shift,flip")
    shifts = equal(value, "shift") || equal(value, "flip,shift") || equal(value, "shift,flip")
    guard flips || shifts || equal(value, "none") else {
      throw Failure(.usage, value, " is no augmentation", next: "give flip, shift, flip,shift, or none")
    }
  }
}
