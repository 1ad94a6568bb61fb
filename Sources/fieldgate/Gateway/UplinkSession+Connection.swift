import FieldModel
import Logging
import MQTTLink
import Metering
import Platform
import Telemetry

/// Connecting, and losing the connection.
extension UplinkSession {
    /// Multipath TCP follows the paths by itself; a plain connection is given up when telemetry takes another one.
    func followPath(at now: Instant) {
        guard !site.broker.isMultipath, closingSince == nil else { return }
        guard let wanted = paths.way(for: .telemetry), wanted != way else { return }
        let isFirst = way == nil
        way = wanted
        switch state {
        // It came up before any path was known to be well, and may be on the right one: it stays while it lasts.
        case .online where isFirst: return
        case .online: offline("telemetry takes path \(wanted.path)")
        case .connecting(let dial): dial.abandon()
        case .waiting: break
        case .closed: return
        }
        state = .waiting(until: now)
        backoff.reset()
    }

    func dial() {
        live.uplink { $0.state = "connecting" }
        way = site.broker.isMultipath ? nil : paths.way(for: .telemetry)
        let will = Documents.status(
            gateway: site.gateway, online: false, session: session, at: time.utc(), reason: "connection lost")
        let connector = MQTTConnector(
            site.broker, will: (topics.status, will), time: time, device: way?.device)
        do throws(SystemError) {
            state = .connecting(try MQTTDial(connector, done: loop.wakeUp))
        } catch {
            offline("no thread to connect with: \(error)")
        }
    }

    func dialled(_ outcome: Result<Handoff<MQTTConnection>, ConnectFault>) {
        switch outcome {
        case .failure(let fault): offline(fault.detail)
        case .success(let handoff):
            let connection = handoff.take()
            loop.add(connection)
            state = .online(connection)
            online(connection)
        }
    }

    func online(_ connection: MQTTConnection) {
        backoff.reset()
        var cursors: [Stream: UInt64] = [:]
        var heads: [Stream: UInt64] = [:]
        for stream in Stream.allCases {
            cursors[stream] = spool.cursor(of: Self.consumer, in: stream)
            heads[stream] = spool.last(of: stream)
        }
        // Two places are left for the retained documents.
        let window = max(1, min(site.broker.window, connection.receiveMaximum - 2))
        pump.connected(window: window, cursors: cursors, heads: heads)
        (sizes, forecastNumber) = ([:], 0)
        board?.count { tally in
            for (stream, settled) in cursors { tally.connected(stream, settled: settled) }
        }
        live.uplink {
            $0.state = "online"
            $0.detail = nil
            $0.acknowledgedSequence = Int64(cursors[.telemetry] ?? 0)
        }
        logger.info("broker connected", metadata: ["broker": "\(site.broker.host):\(site.broker.port)"])
        connection.subscribe(to: topics.commands)
        connection.subscribe(to: topics.usageReceipt)
        connection.subscribe(to: topics.usageReplay)
        let status = Documents.status(gateway: site.gateway, online: true, session: session, at: time.utc())
        announce(status, topics.status, connection)
        announce(
            Documents.meta(site: site, software: "fieldgate \(Version.current)", epoch: spool.epoch), topics.meta,
            connection)
    }

    func announce(_ document: [UInt8], _ topic: String, _ connection: MQTTConnection) {
        do throws(PublishFault) {
            _ = try document.withUnsafeBufferPointer { bytes throws(PublishFault) in
                try connection.publish(UnsafeRawBufferPointer(bytes), to: topic, retain: true)
            }
        } catch {
            if case .tooLarge(let limit) = error {
                logger.warning(
                    "the broker takes no packet this large", metadata: ["topic": "\(topic)", "limit": "\(limit)"])
            }
        }
    }

    func offline(_ reason: String) {
        if case .online(let connection) = state { loop.remove(connection) }
        pump.disconnected()
        board?.count { $0.disconnected() }
        let pause = backoff.next(jitter: .random(in: 0..<1))
        state = .waiting(until: time.now() + pause)
        let repeated = live.uplink.detail == reason
        live.uplink {
            $0.state = "offline"
            $0.detail = reason
            $0.inFlight = 0
        }
        logger.log(
            level: repeated ? .debug : .warning, "no broker",
            metadata: ["reason": "\(reason)", "retry_ms": "\(pause.wholeMilliseconds)"])
    }
}
