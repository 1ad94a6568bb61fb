import FieldModel
import Logging
import MQTTLink
import Metering
import Telemetry

/// Rows on their way out, and what the broker says of them.
extension UplinkSession {
    /// 0x10, "nobody subscribes", is a success; from 0x80 on the broker refuses the row for good.
    func acknowledged(_ token: Int32, _ code: Int32) {
        // The retained documents are acknowledged too, and are no rows.
        if pump.acknowledgedAside(token: token) { return }
        guard let row = pump.row(token: token) else { return }
        let bytes = sizes.removeValue(forKey: token) ?? 0
        if code < 0x80 { board?.count { $0.acknowledged(row.identity, bytes: bytes) } }
        if code >= 0x80 { refuse(row, "the broker refused it: reason 0x\(String(code, radix: 16))") }
        if let settlement = pump.acknowledged(token: token) { settle(settlement) }
        live.uplink {
            $0.acknowledged += 1
            $0.inFlight = pump.inFlight
        }
    }

    /// Kept aside with the reason. Said at most once a minute, on the event stream too: consumers will miss its number.
    private func refuse(_ row: SpoolRow, _ reason: String) {
        spool.reject(row, reason: reason)
        refused += 1
        let now = time.now()
        guard now >= refusalsQuietUntil else { return }
        logger.warning(
            "rows refused, kept as dead letters",
            metadata: [
                "stream": "\(row.identity.stream.name)", "seq": "\(row.identity.sequence)", "count": "\(refused)",
                "reason": "\(reason)",
            ])
        // Were refused events told by events, there would be no end of it.
        if row.identity.stream == .telemetry {
            let event = EventBatch(
                kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
                fields: [
                    EventBatch.Field("event", .text("rows_refused")), EventBatch.Field("count", .integer(refused)),
                    EventBatch.Field("last_seq", .integer(Int64(row.identity.sequence))),
                    EventBatch.Field("reason", .text(reason)),
                ])
            spool.append(RowCodec.encode(event), to: .event)
        }
        refused = 0
        refusalsQuietUntil = now + .seconds(60)
    }

    private func settle(_ settlement: UplinkPump.Settlement) {
        spool.settle(settlement.stream, through: settlement.through, by: Self.consumer)
        board?.count { $0.settled(settlement.stream, through: settlement.through) }
        if settlement.stream == .telemetry {
            live.uplink { $0.acknowledgedSequence = Int64(settlement.through) }
        }
    }

    func send(on connection: MQTTConnection) {
        let now = time.now()
        for stream in Self.order {
            filling: while let (after, limit) = pump.room(in: stream) {
                let rows = spool.rows(of: stream, after: after, limit: limit)
                if rows.isEmpty { break }
                for row in rows {
                    if pace.holds(row.identity, isReplay: pump.isReplay(row.identity), at: now) { break filling }
                    guard send(row, on: connection) else { return }
                }
            }
        }
        resend(on: connection)
    }

    /// Usage records that the receiver asked for.
    private func resend(on connection: MQTTConnection) {
        for row in usage.rows(limit: pump.roomAside) {
            guard let (topic, payload) = encoder.encode(row, replayed: true),
                let token = try? connection.publish(payload, to: topic, retain: false)
            else { continue }
            pump.sentAside(token: token)
        }
    }

    /// False when the connection is over.
    private func send(_ row: SpoolRow, on connection: MQTTConnection) -> Bool {
        guard let (topic, payload) = encoder.encode(row, replayed: pump.isReplay(row.identity)) else {
            setAside(row, "the row is damaged, or its layout is lost")
            return true
        }
        do throws(PublishFault) {
            let token = try connection.publish(payload, to: topic, retain: false)
            pump.sent(row, token: token)
            if pump.isReplay(row.identity) { pace.sent(payload.count, at: time.now()) }
            if let board {
                sizes[token] = payload.count
                board.count { $0.sent(row.identity) }
            }
            live.uplink {
                $0.published += 1
                $0.inFlight = pump.inFlight
            }
            return true
        } catch {
            guard case .tooLarge(let limit) = error else { return false }
            setAside(row, "\(payload.count) bytes; the broker takes \(limit)")
            return true
        }
    }

    private func setAside(_ row: SpoolRow, _ reason: String) {
        refuse(row, reason)
        if let settlement = pump.skipped(row) { settle(settlement) }
    }
}
