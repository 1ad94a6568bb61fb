import Control
import FieldModel

/// What goes to the machine, and what it answered.
extension ControlStation {
    /// Gives the bus what is due, until there is nothing, or it is busy.
    func work(at now: Instant) {
        while !bus.isBusy, underWay == nil, let order = session.nextOrder(at: now) {
            underWay = order
            bus.begin(job(of: order), at: now)
        }
    }

    private func job(of order: BusOrder) -> ControlJob {
        switch order {
        case .drive(let drive):
            ControlJob(
                writes: registers.drive(drive), reads: [], validUntil: drive.validUntil,
                generation: session.generation)
        case .arm(let permit):
            ControlJob(writes: registers.arm(permit), reads: registers.statusReads, generation: session.generation)
        case .safe(let permit):
            ControlJob(
                writes: registers.safe(permit), reads: registers.safeReads + registers.statusReads)
        // One read at a time: a drive waits for one transaction at most.
        case .report: ControlJob(writes: [], reads: [registers.statusReads[reportParts.count]])
        }
    }

    func outcome(_ answer: ControlAnswer, of order: BusOrder) -> BusOutcome {
        guard case .report = order, case .answers(let answers, let asked) = answer else {
            if case .drive = order {} else { reportParts = [] }
            return wholeOutcome(answer, of: order)
        }
        if reportParts.isEmpty { reportAsked = asked }
        reportParts += answers
        guard reportParts.count == registers.statusReads.count else { return .partial }
        defer { reportParts = [] }
        // What happened since the first read may be missing in it.
        return .report(registers.report(reportParts, asked: reportAsked))
    }

    private func wholeOutcome(_ answer: ControlAnswer, of order: BusOrder) -> BusOutcome {
        switch (answer, order) {
        case (.stale, _): return .stale
        case (.failed(.exception(let code)), _):
            return .refused(BusFault.exception(code).summary)
        case (.failed(let fault), _): return .failed(fault)
        case (.answers, .drive): return .done
        case (.answers(let answers, let asked), .safe):
            let count = registers.safeReads.count
            if let fault = registers.safeStateFault(Array(answers.prefix(count))) { return .refused(fault) }
            return .report(registers.report(Array(answers.dropFirst(count)), asked: asked))
        case (.answers(let answers, let asked), _): return .report(registers.report(answers, asked: asked))
        }
    }
}
