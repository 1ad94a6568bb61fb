import FieldModel
import Metering
import Platform

/// How metering begins: whom it may ask, and what the process before it left.
struct MeterStart {
    /// How long the privileged helper is waited for before own sockets must do.
    static let patience = Duration.seconds(30)
    /// Records are read in pieces of so many.
    private static let piece = 1000

    let settings: MeteringSettings
    let link: LinkSettings
    let drivers: MeterDrivers
    let time: any TimeSource

    func meterSettings(fromSockets: Bool) -> MeterSettings {
        var meter = MeterSettings(
            boot: drivers.boot,
            paths: link.paths.map { path in
                // A shaper's most is not taken: it limits one direction only, and may be changed by hand.
                MeterSettings.Path(id: path.id, limit: settings.lineRate)
            }, fingerprint: drivers.fingerprint)
        meter.groups = groups
        meter.interval = settings.interval
        meter.volume = settings.volume
        meter.idleAfter = settings.idleAfter
        meter.isFromSockets = fromSockets
        return meter
    }

    private var groups: RatingGroups {
        let names = settings.groups
        var map: [UInt16: String] = [
            UsageMark.control: names.control, UsageMark.telemetry: names.telemetry, UsageMark.bulk: names.bulk,
        ]
        for (place, camera) in link.cameras.enumerated() {
            map[UsageMark.firstCamera + UInt16(place)] = names.camera[camera.id]
        }
        return RatingGroups(version: names.version, names: map, cameras: names.cameras, others: names.others)
    }

    /// What the ledger remembers, as far as it is needed.
    func recover(
        _ history: any UsageHistory, live: [Flow], paths: [PathReading], isSameNamespace: Bool
    ) throws(SpoolFault) -> Recovery {
        var recovery = Recovery(boot: drivers.boot, isSameNamespace: isSameNamespace)
        var before: UInt64?
        while true {
            let records = try history.records(before: before, limit: Self.piece)
            for record in records { recovery.take(record) }
            guard let last = records.last, records.count == Self.piece, last.sequence > 1 else { return recovery }
            before = last.sequence
            if recovery.isEnough(live: live, paths: paths, fingerprint: drivers.fingerprint) { return recovery }
        }
    }

    /// The quota's use: what was kept of it, and the records since.
    func budget(_ plan: BudgetPlan, kept: MeterState, _ history: any UsageHistory) throws(SpoolFault) -> Budget {
        let now = time.utc()
        var budget = Budget(plan, at: now)
        if kept.period == budget.period {
            budget = Budget(plan, at: now, used: kept.used, epoch: kept.epoch, sequence: kept.sequence)
        }
        var newer: [UsageEntry] = []
        var before: UInt64?
        reading: while true {
            let records = try history.records(before: before, limit: Self.piece)
            for record in records {
                if record.epoch == budget.epoch, record.sequence <= budget.sequence { break reading }
                // A record is written when its part ends: two hours after its period's begin none is of the one before.
                if record.draft.times.close < budget.period.lowerBound { break reading }
                newer.append(record)
            }
            guard let last = records.last, records.count == Self.piece, last.sequence > 1 else { break }
            before = last.sequence
        }
        for record in newer.reversed() { budget.count(record) }
        return budget
    }
}
