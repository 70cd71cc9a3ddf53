import IR
import Runtime

// State of an optimizer that waits in the page file from one update to the next. In memory 16 bytes stand for it, a
// variable, so that a step reads the state before it writes it back.

/// Moves optimizer state as an operator for saved values does; the kernel is given its first operand alone.
public protocol StatePaging: IntegerOperator {
  associatedtype Page: IntegerOperator
  var page: Page { get }
  init(_ page: Page, runsOnceAWindow: Bool)
}

extension StatePaging {
  public static var opcode: OpCode { Page.opcode }
  public var timing: Timing { .updates }
  public func kernelOperands(of count: Int) -> Int { 1 }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try Page(attributes: attributes), runsOnceAWindow: try attributes.bool("once"))
  }

  public var attributes: Attributes {
    Attributes(page.attributes.pairs + [("once", .int(runsOnceAWindow ? 1 : 0))])
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    page.parameterWords([inputs[0]], output)
  }
}

/// Reads optimizer state from the page file. Operands: the bytes that stand for it, and what else the update waits for:
/// state is read no earlier than it is needed.
public struct StateIn: StatePaging {
  public static let name = "state_in"
  public static var samples: [Sample] {
    let placeholder = TensorType([PageParameters.placeholder], .u8)
    return [
      Sample(StateIn(PageIn(TensorType(3, 5), offset: 32), runsOnceAWindow: false), placeholder),
      Sample(StateIn(PageIn(TensorType([19], .i8), offset: 32), runsOnceAWindow: true), placeholder, TensorType(4, 2)),
    ]
  }

  public let page: PageIn
  public let runsOnceAWindow: Bool

  public init(_ page: PageIn, runsOnceAWindow: Bool) {
    self.page = page
    self.runsOnceAWindow = runsOnceAWindow
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let placeholder = inputs.first else { throw ShapeError(Self.name, "has no operands") }
    return try page.infer([placeholder])
  }
}

/// Writes optimizer state back to the page file. Operands: the state, the bytes that stand for it, and the update that
/// changes the state where that is not the first operand.
public struct StateOut: StatePaging {
  public static let name = "state_out"
  public static var samples: [Sample] {
    let placeholder = TensorType([PageParameters.placeholder], .u8)
    return [
      Sample(StateOut(PageOut(offset: 32), runsOnceAWindow: false), TensorType(3, 5), placeholder),
      Sample(
        StateOut(PageOut(offset: 32), runsOnceAWindow: true), TensorType([19], .i8), placeholder, TensorType([7], .i32)),
    ]
  }

  public let page: PageOut
  public let runsOnceAWindow: Bool

  public init(_ page: PageOut, runsOnceAWindow: Bool) {
    self.page = page
    self.runsOnceAWindow = runsOnceAWindow
  }

  public var sharing: Sharing { .overwrites(1) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard 2...3 ~= inputs.count, inputs[1] == (try page.infer([inputs[0]])) else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    return inputs[1]
  }
}
