/// A small branch beside a block of a network, which training changes instead of the block.
///
/// Mean of windows, convolution in groups, ReLU, pointwise convolution, and as many pixels as before:
/// Cai et al., TinyTL, 2020.
public struct TinyTLResidual: Codable, Hashable, Sendable {
  /// What its tensors' names begin with.
  public var name: String
  /// Tensor that the block reads, and the one that it makes.
  public var input: String
  public var output: String
  public var inputChannels: Int
  public var outputChannels: Int
  /// Pixels before and after, on each axis.
  public var inputSize: [Int]
  public var outputSize: [Int]
  /// Pixels of the convolution on axes that have more than one.
  public var kernel: Int
  public var groups: Int

  public init(
    name: String, input: String, output: String, inputChannels: Int, outputChannels: Int, inputSize: [Int],
    outputSize: [Int], kernel: Int = 5, groups: Int = 2
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.kernel = kernel
    self.groups = groups
  }

  /// Names of its weights, which a network's layers bear; biases have `.bias` behind them.
  public var weights: [String] { [name + ".conv", name + ".point"] }

  /// Pixels that become one on each axis: those that the block itself merges, and two of what is left.
  var ratios: [Int] {
    zip(inputSize, outputSize).map { from, to in from == 1 ? 1 : 2 * ((from + to - 1) / to) }
  }

  /// Pixels of the branch, the last one of each axis over zeros where the ratio leaves a rest.
  var innerSize: [Int] { zip(inputSize, ratios).map { ($0 + $1 - 1) / $1 } }

  /// How often each of them is repeated.
  var growth: [Int] { zip(innerSize, outputSize).map { inner, to in (to + inner - 1) / inner } }
}
