import FieldModel

/// Messages: acknowledged publishes, each row of the spool once. Retries are counted apart.
extension Meter {
    mutating func take(_ count: MessageCount) {
        units.messages += count.messages
        units.bytes += count.bytes
        units.retries += count.retries
        units.through.merge(count.through) { $1 }
    }

    mutating func cutUnits(isLast: Bool, _ work: inout MeterWork) {
        let cuts = cuts(after: unitsOpen, through: now.mono)
        guard isLast || !cuts.isEmpty else { return }
        let close = cuts.first?.at ?? now.mono
        defer { unitsOpen = cuts.last?.at ?? now.mono }
        guard units.messages > 0 || units.retries > 0 else { return }
        var draft = UsageDraft(.interim, times: times(from: unitsOpen, to: close))
        draft.trafficClass = UsageMark.telemetry
        draft.ratingGroup = settings.groups.name(of: UsageMark.telemetry)
        draft.units = UsageUnits(messages: units.messages, messageBytes: units.bytes, retries: units.retries)
        draft.cause = isLast ? .mgmt : cuts.first?.cause
        draft.boot = settings.boot
        draft.notes = [UsageNote("through", units.throughText)]
        // An interim has a volume; that of messages is in the connections they went over.
        draft.volume = UsageVolume(source: .app)
        draft.volume?.isEstimated = settings.isFromSockets
        (units.messages, units.bytes, units.retries) = (0, 0, 0)
        work.drafts.append(draft)
    }
}

extension MessageCount {
    /// `event:12 telemetry:4711`
    package var throughText: String {
        through.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " ")
    }

    /// The numbers in such a text.
    package static func through(_ text: String) -> [String: UInt64] {
        var through: [String: UInt64] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":")
            if parts.count == 2, let number = UInt64(parts[1]) { through[String(parts[0])] = number }
        }
        return through
    }
}
