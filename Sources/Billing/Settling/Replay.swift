/// Rates a period again, and every later one that its carry changes.
package enum Replay {
    /// A period that was invoiced.
    package struct Step: Sendable {
        /// With all records known now.
        package var measured: MeasuredPeriod
        /// The invoice and every note since.
        package var invoiced: [InvoicedPeriod]
        /// What it passed on when it was last rated.
        package var carryOut: CarryState

        package init(measured: MeasuredPeriod, invoiced: [InvoicedPeriod], carryOut: CarryState) {
            self.measured = measured
            self.invoiced = invoiced
            self.carryOut = carryOut
        }
    }

    package struct Outcome: Sendable {
        package var rated: RatedPeriod
        /// Nil where no amount changes.
        package var note: CorrectionNote?
    }

    /// The first of `steps` has the late records; the others follow it without a gap. Ends with the first period after it
    /// whose carry in is what it was.
    package static func run(
        _ steps: some Sequence<Step>, carry: CarryState
    ) throws(RatingFault) -> [Outcome] {
        var outcomes: [Outcome] = []
        var carry = carry
        for step in steps {
            let rated = try step.measured.rated(carry: carry)
            outcomes.append(Outcome(rated: rated, note: CorrectionNote(rated, invoiced: step.invoiced)))
            guard rated.carryOut != step.carryOut else { break }
            carry = rated.carryOut
        }
        return outcomes
    }
}
