/// Which of the items that could stand at the same height a search tries first; the portfolio of MiniMalloc.
///
/// Width is how long an item is live, area that times its bytes, total the most bytes that are live while it is.
enum SearchOrder: CaseIterable {
  case totalWidthArea, totalAreaWidth, widthAreaTotal

  /// Items of more than no bytes, those to try first in front.
  func indexes(_ items: [Item]) -> [Int] {
    let totals = crowding(items)
    let keys = items.indices.map { index in
      let width = items[index].last - items[index].first + 1
      let (area, total) = (width * items[index].bytes, totals[index])
      return switch self {
      case .widthAreaTotal: (width, area, total)
      case .totalAreaWidth: (total, area, width)
      case .totalWidthArea: (total, width, area)
      }
    }
    return items.indices.filter { items[$0].bytes > 0 }.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
  }
}
