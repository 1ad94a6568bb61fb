import PeerTesting
import Testing

@testable import fieldbill

@Suite("The words of invoices")
struct WordTests {
    @Test("every term has words in both languages, with the same places to fill in")
    func complete() {
        for term in Term.allCases {
            guard let words = Catalogue.words[term] else {
                Issue.record("\(term) has no words")
                continue
            }
            #expect(!words.0.isEmpty && !words.1.isEmpty, "\(term)")
            for place in 0..<4 {
                #expect(words.0.contains("{\(place)}") == words.1.contains("{\(place)}"), "\(term): {\(place)}")
            }
        }
    }

    @Test(
        "money is written as people write it",
        arguments: [
            (0, 2, "0.00"), (5, 2, "0.05"), (-30, 2, "-0.30"), (1_234_567, 2, "12,345.67"), (100_000, 0, "100,000"),
            (-1_000, 3, "-1.000"),
        ])
    func money(_ minor: Int64, _ digits: Int, _ text: String) {
        #expect(MoneyText.text(minor, digits: digits) == text)
    }

    @Test("identities are masked, the short ones too")
    func masks() {
        #expect(Masking.text("89860012345678901234") == "8986••••••••••••1234")
        #expect(Masking.text("12345678") == "••••••78")
        #expect(Masking.text("1") == "1")
    }

    @Test("a Chinese character takes two places")
    func widths() {
        var table = TextTable(rightFrom: 1)
        table.add(["账单", "1"])
        table.add(["ab", "22"])
        #expect(table.lines == ["账单   1", "ab    22"])
    }
}
