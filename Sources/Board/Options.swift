import CPlatform
import RuntimeBoard

/// What a user asks for.
struct Options {
  enum Verb { case info, train, eval, predict, selftest, profile }

  let verb: Verb
  var image: CText?
  var data: CText?
  var checkpoint: CText?
  var eval: CText?
  var best: CText?
  var plan: CText?
  var temperature: CText?
  var steps: UInt32?
  var epochs: UInt32?
  var every: UInt32?
  var evalEvery: UInt32?
  var patience: UInt32?
  var seed: UInt64?
  var threads: UInt32?
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
      if take(flag: word) { continue }
      if try take(word, &words) { continue }
      guard word[0] != 45 else {
        throw Failure(.usage, word, " is no option of this verb", next: "./runner help")
      }
      guard image == nil else { throw Failure(.usage, word, " is one word too many", next: "./runner help") }
      image = word
    }
  }

  private mutating func take(flag word: CText) -> Bool {
    switch word.position(in: "--json -q --quiet --help -h --resume --overwrite --no-shuffle") {
    case 0: isJSON = true
    case 1, 2: isQuiet = true
    case 3, 4: wantsHelp = true
    case 5 where isBuilt(.train) && verb == .train: resumes = true
    case 6 where isBuilt(.train) && verb == .train: overwrites = true
    case 7 where isBuilt(.packed) && verb == .train: shuffles = false
    default: return false
    }
    return true
  }

  /// An option with a value: what all verbs with samples have, what training has, what only packed data has (passes, and
  /// an order of its own), and what only judging has.
  private mutating func take(_ word: CText, _ words: inout ArgumentReader) throws(Failure) -> Bool {
    let profiles = isBuilt(.profile) && verb == .profile
    let hasSamples = verb != .info && verb != .selftest && !profiles
    let trains = isBuilt(.train) && verb == .train
    let isPacked = isBuilt(.packed) && trains
    let judges = isBuilt(.eval) && trains
    if isBuilt(.threads), hasSamples, word.position(in: "--threads") == 0 {
      threads = try words.count(of: word)
      return true
    }
    switch word.position(
      in: """
        --data --checkpoint --steps --every --deadline --temperature-limit --temperature --plan --epochs --seed \
        --augment --eval --eval-every --until --patience --best
        """)
    {
    case 0 where hasSamples: data = try words.value(of: word)
    case 1 where hasSamples: checkpoint = try words.value(of: word)
    case 2 where trains || profiles: steps = try words.count(of: word)
    case 3 where trains: every = try words.count(of: word)
    case 4 where trains: deadline = try words.decimal(of: word)
    case 5 where trains: temperatureLimit = try words.decimal(of: word)
    case 6 where trains: temperature = try words.value(of: word)
    case 7 where trains || profiles: plan = try words.value(of: word)
    case 8 where isPacked: epochs = try words.count(of: word)
    case 9 where isPacked: seed = try words.number(of: word, upTo: .max)
    case 10 where isPacked: try takeAugmentation(words.value(of: word))
    case 11 where judges: eval = try words.value(of: word)
    case 12 where judges: evalEvery = try words.count(of: word)
    case 13 where judges: until = try words.decimal(of: word)
    case 14 where judges: patience = try words.count(of: word)
    case 15 where judges: best = try words.value(of: word)
    default: return false
    }
    return true
  }

  private mutating func takeAugmentation(_ value: CText) throws(Failure) {
    let kind = value.position(in: "none flip shift flip,shift shift,flip")
    flips = kind == 1 || kind > 2
    shifts = kind > 1
    guard kind >= 0 else {
      throw Failure(.usage, value, " is no augmentation", next: "give flip, shift, flip,shift, or none")
    }
  }
}
