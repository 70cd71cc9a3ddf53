import Espalier
import Foundation
import Report
import Support
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The page of `espalier inspect --html`, and the map that it draws.
struct InspectPageTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try CPlans.shared.get().copy() }

  /// Elements of a page by name, their texts, and whatever a browser would fetch.
  private final class Reader: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]
    var text = ""
    var links: [String] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      counts[name, default: 0] += 1
      links += attributes.filter { ["src", "href", "data"].contains($0.key) }.values
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  private func read(_ bytes: [UInt8]) throws -> Reader {
    let parser = XMLParser(data: Foundation.Data(bytes))
    let reader = Reader()
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return reader
  }

  @Test(arguments: CPlans.names) func thePageHoldsEveryTensorAndStep(name: String) throws {
    let result = try scratch.espalier("inspect", name + ".plan", "--html", "p.html")
    #expect(result.status == 0, "\(result.errors)")
    let plan = try Plan(path: scratch.file(name + ".plan"))
    let page = try read(scratch.read("p.html"))
    let map = try plan.arenaMap()
    #expect(page.counts["rect"] == map.rectangles.count && page.counts["svg"] == 2)
    #expect(page.links.isEmpty && page.counts["script"] == nil)
    for rectangle in map.rectangles { #expect(page.text.contains(rectangle.name)) }
    #expect(page.text.contains(plan.report.digest))
    // Text and page count steps alike, from 1.
    let peak = plan.report.peakStep + 1
    #expect(page.text.contains("peak: step \(peak)"))
    let line = result.output.split(separator: "\n").first { $0.hasSuffix("<- peak") }
    #expect(try #require(line).split(separator: " ").first == "\(peak)")
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(result.output)")
    #expect(try scratch.espalier("inspect", name + ".plan", "--html", "-").output == string(scratch.read("p.html")))
  }

  private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// What the image says is what the planner promised: nothing beyond the arena, no step above its live bytes.
  @Test(arguments: CPlans.names) func theMapIsThePlan(name: String) throws {
    let plan = try Plan(path: scratch.file(name + ".plan"))
    let map = try plan.arenaMap()
    let top = map.rectangles.map { $0.offset + $0.bytes }.max()
    #expect(try #require(top) <= plan.report.arenaBytes && top! > plan.report.arenaBytes - 64)
    for step in plan.report.stepTable {
      // Views and results in place share bytes, so bytes are counted once.
      let ranges = map.rectangles.filter { $0.first <= step.index && step.index <= $0.last }
        .map { $0.offset..<$0.offset + $0.bytes }.sorted { $0.lowerBound < $1.lowerBound }
      var (live, end) = (0, 0)
      for range in ranges {
        live += max(0, range.upperBound - max(end, range.lowerBound))
        end = max(end, range.upperBound)
      }
      #expect(live <= step.bytesLive, "step \(step.index)")
    }
    let kinds = Set(map.rectangles.map(\.kind))
    #expect(kinds.isSuperset(of: [.variable, .saved, .activation, .gradient, .io]))
  }

  /// Names are text, whatever they look like.
  @Test func hostileNamesStayNames() throws {
    var report = try Plan(path: scratch.file("f32.plan")).report
    report.policy = "<script>alert(1)</script> & \"\u{1}"
    let map = ArenaMap(rectangles: [
      .init(name: "</title><img src=x>", kind: .saved, offset: 0, bytes: 4, first: 0, last: 1)
    ])
    let page = try read(Array(PlanPage(title: "a<b>&c", report, map).text.utf8))
    #expect(page.counts["script"] == nil && page.counts["img"] == nil && page.counts["rect"] == 1)
    #expect(page.text.contains("<script>alert(1)</script> & \"?") && page.text.contains("</title><img src=x>"))
  }

  @Test func aPageThatCannotBeWrittenIsRefused() throws {
    expectRefusal(try scratch.espalier("inspect", "f32.plan", "--html", "no/such/p.html"), 73, "no/such/p.html")
    expectRefusal(try scratch.espalier("inspect", "d.pack", "--html", "p.html"), 65, "d.pack")
    #expect(!scratch.exists("p.html"))
  }

  private static let browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// A browser draws it: a picture with the colours of the map comes out.
  @Test(.enabled(if: browser != nil, "needs Chromium")) func aBrowserDrawsThePage() throws {
    #expect(try scratch.espalier("inspect", "i8.plan", "--html", "p.html").status == 0)
    let browser = Command(path: try #require(Self.browser))
    let drawn = try browser.run(
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + scratch.file("browser"),
        "--window-size=1150,1200", "--screenshot=" + scratch.file("p.png"), "file://" + scratch.file("p.html"),
      ], in: scratch.path)
    #expect(drawn.status == 0, "\(drawn.errors)")
    #expect(try scratch.read("p.png").count > 20_000)
  }
}
