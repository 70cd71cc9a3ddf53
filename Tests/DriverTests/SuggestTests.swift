import Report
import Testing

/// Which changes are planned: few, and as many as it takes.
struct SuggestTests {
  /// A family of so many changes that fit from one on, and what is asked of it.
  private final class Family {
    private let size: Int
    private let likelyFrom: Int
    private let fitsFrom: Int
    private(set) var looked: [Int] = []
    private(set) var planned: [Int] = []

    init(_ size: Int, likelyFrom: Int, fitsFrom: Int) {
      self.size = size
      self.likelyFrom = likelyFrom
      self.fitsFrom = fitsFrom
    }

    var candidates: [Candidate] {
      (0..<size).map { index in
        Candidate(
          option: "--change \(index)",
          isLikely: {
            self.looked.append(index)
            return index >= self.likelyFrom
          },
          plan: {
            self.planned.append(index)
            return index >= self.fitsFrom ? 100 - index : 1_000
          })
      }
    }
  }

  private func suggested(_ families: Family..., looks: Int = .max) -> [String] {
    suggest(families.map(\.candidates), cap: 100, looks: looks).map(\.option)
  }

  @Test func oneIsPlannedWhereSizesTellRight() {
    let family = Family(50, likelyFrom: 20, fitsFrom: 20)
    #expect(suggested(family) == ["--change 20"])
    #expect(family.looked == [49, 24, 12, 18, 21, 20, 19] && family.planned == [20, 19])
  }

  @Test func smallerChangesFollowWhereSizesPromiseTooLittle() {
    let family = Family(50, likelyFrom: 20, fitsFrom: 15)
    #expect(suggested(family) == ["--change 15"])
    #expect(family.planned == [20, 19, 17, 13, 15, 14])
  }

  @Test func largerChangesFollowWhereSizesPromiseTooMuch() {
    let family = Family(50, likelyFrom: 20, fitsFrom: 23)
    #expect(suggested(family) == ["--change 23"])
    #expect(family.planned == [20, 21, 23, 22])
  }

  @Test func patchesMayDoWhatSizesDoNotTell() {
    let family = Family(10, likelyFrom: 10, fitsFrom: 7)
    #expect(suggested(family) == ["--change 7"])
    #expect(family.looked == [9] && family.planned == [9, 8, 6, 7])
  }

  @Test func whatDoesNotFitIsPlannedOnce() {
    let (all, single) = (Family(50, likelyFrom: 50, fitsFrom: 50), Family(1, likelyFrom: 1, fitsFrom: 1))
    #expect(suggested(all, single).isEmpty)
    #expect(all.planned == [49] && single.looked.isEmpty && single.planned == [0])
  }

  /// A larger change is better than none.
  @Test func fewLooksFindLargerChanges() {
    let (first, second) = (Family(50, likelyFrom: 20, fitsFrom: 20), Family(50, likelyFrom: 0, fitsFrom: 0))
    #expect(suggested(first, second, looks: 9) == ["--change 23", "--change 49"])
    #expect(first.looked == [49, 24, 12] && first.planned == [24, 23])
    #expect(second.looked.isEmpty && second.planned == [49])
  }

  @Test func noFamilyIsLeftOut() {
    let (none, last) = (Family(50, likelyFrom: 50, fitsFrom: 50), Family(1, likelyFrom: 1, fitsFrom: 0))
    #expect(suggested(none, none, none, last, looks: 3) == ["--change 0"])
    #expect(none.planned == [49, 49, 49] && last.planned == [0])
  }

  @Test func theLastPlanIsForTheLargestChange() {
    let family = Family(50, likelyFrom: 12, fitsFrom: 40)
    #expect(suggested(family, looks: 9) == ["--change 49"])
    #expect(family.planned == [12, 49])
  }
}
