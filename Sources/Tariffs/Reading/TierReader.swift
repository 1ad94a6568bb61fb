import Billing
import Configuration

/// Reads a charge's tiers: from 0 upwards, without overlap or gap, the last without end.
struct TierReader {
    private let section: Section
    private let model: ChargeReader.Word
    private let notes: Notes

    init(_ section: Section, model: ChargeReader.Word, notes: Notes) {
        self.section = section
        self.model = model
        self.notes = notes
    }

    private struct Placed {
        var tier: Tier
        var section: Section
    }

    func read() -> [Tier]? {
        let sections = section.sections("tiers")
        guard !sections.isEmpty else {
            if !section.has("tiers") || section.isEmptyList("tiers") {
                section.reject(
                    "tiers", "the charge has no tiers",
                    remedy: "list them: `tiers: [{up_to: \"100\", price: \"0.9\"}, …]`")
            }
            return nil
        }
        var below = Rational.zero
        var belowText = "0"
        var placed: [Placed] = []
        for (index, own) in sections.enumerated() {
            let isLast = index == sections.count - 1
            checkFrom(own, below, belowText)
            let upTo = own.isNull("up_to") ? nil : own.exact("up_to")
            if let upTo {
                check(own, upTo, above: below, belowText, isFirst: index == 0, isLast: isLast)
                below = upTo.value
                belowText = upTo.text
            } else if !isLast, own.isNull("up_to") || !own.has("up_to") {
                own.reject(
                    own.has("up_to") ? "up_to" : nil, "this tier has no end, so those after it overlap it",
                    remedy: "give it a bound, e.g. `up_to: \"1000\"`, or move it to the end")
            }
            placed.append(Placed(tier: readPrices(own, upTo), section: own))
            own.finish()
        }
        warnOfInversions(placed)
        return placed.map(\.tier)
    }

    /// A plan may say where a tier begins; it is where the one before ends.
    private func checkFrom(_ own: Section, _ below: Rational, _ belowText: String) {
        guard let from = own.exact("from", .notNegative), from.value != below else { return }
        own.reject(
            "from",
            from.value < below
                ? "the tier from \(from.text) overlaps the one before, which goes up to \(belowText)"
                : "a gap: nothing is said of \(belowText) to \(from.text)",
            remedy: "write `from: \"\(belowText)\"`, or leave it out")
    }

    private func check(
        _ own: Section, _ upTo: DecimalText, above below: Rational, _ belowText: String, isFirst: Bool, isLast: Bool
    ) {
        if upTo.value <= below {
            let message =
                isFirst
                ? "a tier up to \(upTo.text) holds nothing"
                : upTo.value == below
                    ? "a second tier up to \(upTo.text) overlaps the one before"
                    : "tiers descend here: \(upTo.text) after \(belowText)"
            own.reject("up_to", message, remedy: "let each tier end above the one before, the first above 0")
        } else if isLast {
            own.reject(
                "up_to", "a gap: nothing is said of more than \(upTo.text)",
                remedy: "let the last tier go on without end: `up_to: null`")
        }
    }

    private func readPrices(_ own: Section, _ upTo: DecimalText?) -> Tier {
        let price = own.exact("price")
        let flat = own.exact("flat")
        if model == .stairstep {
            own.refuse(["price"], "to the model stairstep", remedy: "write the whole amount as `flat`")
            _ = own.require("flat", flat, remedy: "say what the step costs, e.g. `flat: \"50\"`")
        } else if !own.has("price"), !own.has("flat") {
            _ = own.require("price", price, remedy: "say what one costs in this tier, e.g. `price: \"0.9\"`")
        }
        return Tier(upTo: upTo, price: price, flat: flat)
    }

    /// Where more costs less: legal, and seldom meant.
    private func warnOfInversions(_ placed: [Placed]) {
        guard model != .graduated else { return }
        for (left, right) in zip(placed, placed.dropFirst()) {
            guard let bound = left.tier.upTo else { continue }
            let (at, above) = (amount(left.tier, bound.value), amount(right.tier, bound.value))
            guard above < at else { continue }
            notes.warn(
                right.section, nil,
                "\(bound.text) costs \(at.shown), a little more than \(bound.text) only \(above.shown)",
                remedy: model == .volume
                    ? "mean it, or write `model: graduated`: then each tier's price counts for its own part"
                    : "mean it, or let the steps ascend")
        }
    }

    private func amount(_ tier: Tier, _ quantity: Rational) -> Rational {
        (tier.flat?.value ?? .zero) + (model == .stairstep ? .zero : (tier.price?.value ?? .zero) * quantity)
    }
}
