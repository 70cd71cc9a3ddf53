import Testing

@testable import ONNX

@Suite struct ViewTests {
  private let picture = View([2, 6, 4, 5], order: [0, 2, 3, 1])

  @Test func axesOfSizeOneMoveNoByte() {
    #expect(View([2, 6, 1, 1], order: [0, 2, 3, 1]).significantOrder == View([2, 6, 1, 1]).significantOrder)
    #expect(picture.significantOrder != View([2, 6, 4, 5]).significantOrder)
  }

  @Test func rowsArePicturesOfHeightOne() {
    let row = View([2, 6, 4], order: [0, 2, 1])
    #expect(row.physicalShape == [2, 1, 4, 6])
    #expect(row.positions == [0, 3, 2])
  }

  @Test func transposingChangesTheViewAlone() {
    let back = picture.transposed([0, 2, 3, 1])
    #expect(back == View([2, 4, 5, 6]))
    #expect(picture.transposed([1, 0, 3, 2]).memoryShape == picture.memoryShape)
  }

  @Test func channelsSplitWhereTheyLie() {
    let groups = picture.reshaped([2, 3, 2, 4, 5])
    #expect(groups.order == picture.order)
    #expect(groups.result == View([2, 3, 2, 4, 5], order: [0, 3, 4, 1, 2]))
    let joined = groups.result.transposed([0, 2, 1, 3, 4]).reshaped([2, 6, 4, 5])
    #expect(joined.order == [0, 3, 4, 1, 2])
    #expect(joined.result == picture)
  }

  @Test func pixelsJoinWhereTheyLie() {
    let pixels = picture.reshaped([2, 6, 20])
    #expect(pixels.order == picture.order)
    #expect(pixels.result == View([2, 6, 20], order: [0, 2, 1]))
  }

  @Test func flatteningAPictureMovesItsBytes() {
    let flat = picture.reshaped([2, 120])
    #expect(flat.order == [0, 1, 2, 3])
    #expect(flat.result == View([2, 120]))
    let pooled = View([2, 6, 1, 1], order: [0, 2, 3, 1])
    #expect(pooled.reshaped([2, 6]).order == pooled.order)
  }

  @Test func newAxesOfSizeOneStandBehindTheirNeighbours() {
    #expect(View([2, 6]).reshaped([2, 6, 1, 1]).result == View([2, 6, 1, 1]))
    #expect(View([2, 6]).reshaped([1, 2, 1, 6]).result == View([1, 2, 1, 6]))
    #expect(View([1, 1]).reshaped([]).result == View([]))
  }
}
