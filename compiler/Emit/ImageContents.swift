import IR
import Runtime

/// Everything that an image says, before it is bytes.
public struct ImageContents {
  /// One program: its tables, and which tensors the outside fills and reads.
  public struct Program {
    public var tensors: [TensorRow] = []
    public var words: [UInt32] = []
    public var rows = 0
    public var input = 0
    public var labels: Int?
    public var loss: Int?
    public var correct: Int?
    public var logits: Int?

    public init() {}
  }

  /// A tensor that outlives the step.
  public struct Variable {
    public var name: String
    /// Index in the tensor table of the first plan.
    public var tensor: Int
    /// First byte of the initial value in the constant pool; nil for zeros.
    public var initial: Int?

    public init(name: String, tensor: Int, initial: Int?) {
      self.name = name
      self.tensor = tensor
      self.initial = initial
    }
  }

  /// The program of the first plan.
  public var train = Program()
  /// Its name where there are others.
  public var name = ""
  /// The other plans.
  public var others: [(name: String, program: Program)] = []
  /// The rotation: the plan of each update, cyclically; empty where the first one takes them all.
  public var rotation: [Int] = []
  public var predict = Program()
  public var arenaBytes = 0
  public var persistentBytes = 0
  public var learningRates: [Float] = [0]
  public var plannedUpdates = 0
  public var variables: [Variable] = []
  public var constants = ConstantPool()
  /// Names of the operators whose kernels run, sorted.
  public var opcodes: [String] = []
  /// JSON for the host.
  public var metadata: [UInt8] = []
  public var batch = 1
  /// Micro-batches of one update.
  public var window = 1
  /// Classes to choose from; 0 where targets are numbers.
  public var classes = 0
  /// The model's input and what its loss compares with, for one sample.
  public var input = PlanArray()
  public var target = PlanArray()
  public var inputName = ""
  /// Whether samples are read where they lie.
  public var readsInPlace = false
  /// Bytes of the file that values are paged out to, and of these, the first ones, which outlive a step.
  public var pageBytes = 0
  public var statePageBytes = 0

  public init() {}
}
