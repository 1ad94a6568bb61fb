import CSystem
import FieldModel
import Platform

/// The totals of live connections in a file: frames are added behind one another, each with its checksum, and a torn one
/// ends the reading. It is written anew when most of it is old.
///
/// Used on one thread.
final class LiveTotalsFile: LiveTotalsStore {
    private static let magic: UInt32 = 0x3154_4C46
    /// Below it nothing is gained by writing anew.
    private static let least = 256 << 10

    private let path: String
    private var known: [UsageConnection: LiveTotals] = [:]
    private var size = 0
    private var liveSize = 0

    init(directory: String) { path = directory + "/usage.totals" }

    func load() throws(SpoolFault) -> [LiveTotals] {
        guard let bytes = try? FileText.bytes(path) else { return [] }
        known = [:]
        var place = 0
        while let (body, next) = Self.frame(bytes, at: place) {
            var reader = ByteReader(body)
            guard let ended = reader.varint(), ended <= 1 << 20 else { break }
            for _ in 0..<ended { if let connection = reader.connection() { known[Self.key(connection)] = nil } }
            while reader.remaining > 0, let totals = reader.totals() { known[Self.key(totals.connection)] = totals }
            place = next
        }
        size = place
        // What follows is torn: it goes, so that what is added behind can be read.
        if place < bytes.count { try compact() }
        return Array(known.values)
    }

    func store(_ changed: [LiveTotals], forgetting ended: [UsageConnection]) throws(SpoolFault) {
        for connection in ended { known[Self.key(connection)] = nil }
        for totals in changed { known[Self.key(totals.connection)] = totals }
        let frame = Self.frame(changed, ended)
        if size + frame.count > max(Self.least, liveSize * 4) { return try compact() }
        do throws(SystemError) {
            try FileText.append(bytes: frame, to: path)
        } catch {
            throw fault(error)
        }
        size += frame.count
    }

    private func compact() throws(SpoolFault) {
        let frame = Self.frame(Array(known.values), [])
        do throws(SystemError) {
            try FileText.replace(path, with: frame)
        } catch {
            throw fault(error)
        }
        (size, liveSize) = (frame.count, frame.count)
    }

    private func fault(_ error: SystemError) -> SpoolFault {
        .unavailable("\(path) cannot be written: \(error); free room there, or correct the rights of the folder")
    }

    /// A connection is one whatever part of it is open.
    private static func key(_ connection: UsageConnection) -> UsageConnection {
        var key = connection
        (key.part, key.destination, key.application) = (0, nil, nil)
        return key
    }

    // MARK: Frames: magic, length, checksum, body

    private static func frame(_ changed: [LiveTotals], _ ended: [UsageConnection]) -> [UInt8] {
        var body = ByteWriter(capacity: 64 + changed.count * 160)
        body.varint(UInt64(ended.count))
        for connection in ended { body.connection(connection) }
        for totals in changed { body.totals(totals) }
        var frame = ByteWriter(capacity: body.bytes.count + 16)
        frame.fixed(magic)
        frame.fixed(UInt32(body.bytes.count))
        frame.fixed(checksum(body.bytes[...]))
        return frame.bytes + body.bytes
    }

    private static func frame(_ bytes: [UInt8], at place: Int) -> (body: [UInt8], next: Int)? {
        guard bytes.count - place >= 16 else { return nil }
        var head = ByteReader(Array(bytes[place..<place + 16]))
        guard head.fixed(UInt32.self) == magic, let length = head.fixed(UInt32.self), let sum = head.fixed(UInt64.self),
            bytes.count - place - 16 >= Int(length)
        else { return nil }
        let body = bytes[(place + 16)..<(place + 16 + Int(length))]
        return checksum(body) == sum ? (Array(body), place + 16 + Int(length)) : nil
    }

    /// FNV-1a: finds what a crash tore, and proves nothing more.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension ByteWriter {
    fileprivate mutating func connection(_ connection: UsageConnection) {
        text(connection.boot)
        varint(connection.start)
        varint(UInt64(connection.id))
        text(connection.tuple)
        varint(UInt64(connection.part))
        byte(connection.transport)
    }

    fileprivate mutating func totals(_ totals: LiveTotals) {
        connection(totals.connection)
        text(totals.path)
        varint(UInt64(totals.trafficClass))
        text(totals.ratingGroup ?? "")
        for number in [
            totals.up, totals.down, totals.upPackets, totals.downPackets, totals.recordedUp, totals.recordedDown,
        ] { varint(number) }
        for number in [
            totals.correctionUp, totals.correctionDown, totals.open.microseconds, totals.read.microseconds,
            totals.monotonic,
        ] { signed(number) }
    }
}

extension ByteReader {
    fileprivate mutating func connection() -> UsageConnection? {
        guard let boot = text(), let start = varint(), let id = varint(), let tuple = text(), let part = varint(),
            let transport = byte()
        else { return nil }
        return UsageConnection(
            boot: boot, start: start, id: UInt32(truncatingIfNeeded: id), tuple: tuple,
            part: UInt32(truncatingIfNeeded: part), transport: transport)
    }

    fileprivate mutating func totals() -> LiveTotals? {
        guard let connection = connection(), let path = text(), let trafficClass = varint(), let group = text(),
            let up = varint(), let down = varint(), let upPackets = varint(), let downPackets = varint(),
            let recordedUp = varint(), let recordedDown = varint(), let correctionUp = signed(),
            let correctionDown = signed(), let open = signed(), let read = signed(), let monotonic = signed()
        else { return nil }
        return LiveTotals(
            connection: connection, path: path, trafficClass: UInt16(truncatingIfNeeded: trafficClass),
            ratingGroup: group.isEmpty ? nil : group, up: up, down: down, upPackets: upPackets,
            downPackets: downPackets, correctionUp: correctionUp, correctionDown: correctionDown,
            recordedUp: recordedUp, recordedDown: recordedDown, open: Timestamp(microseconds: open),
            read: Timestamp(microseconds: read), monotonic: monotonic)
    }
}
