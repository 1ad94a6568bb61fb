import SimulatorKit

/// The drives that came since the record was cleared: all of them counted, the newest kept.
package struct DriveRecord: Sendable {
    package struct Entry: Sendable, Equatable {
        /// Nanoseconds of CLOCK_BOOTTIME, when the request arrived.
        package let at: Int64
        package let permit: Permit
        package let counter: UInt16
        package let enable: UInt8
        /// Tenths of a percent: travel, steer, boom, bucket.
        package let axes: SIMD4<Int16>
        package let applied: Bool

        init(_ drive: DriveBlock, applied: Bool, at: Int64) {
            self.at = at
            permit = drive.permit
            counter = UInt16(drive.counter)
            enable = UInt8(drive.enable)
            let percent = SIMD4(drive.travel, drive.steer, drive.boom, drive.bucket)
            axes = SIMD4<Int16>((percent * 10).rounded(.toNearestOrAwayFromZero))
            self.applied = applied
        }
    }

    /// Entries kept.
    package static let limit = 50_000

    package private(set) var count: Int64 = 0
    package private(set) var applied: Int64 = 0
    /// Boot time of the last applied drive that changed the counter; nil before the first. `clear` leaves it.
    package internal(set) var lastCounted: Int64?
    /// Boot time of the last applied drive that was not neutral; nil before the first. `clear` leaves it.
    package internal(set) var lastMoving: Int64?

    private var ring: [Entry] = []
    private var oldest = 0

    /// Oldest first.
    package var entries: [Entry] { Array(ring[oldest...] + ring[..<oldest]) }

    mutating func append(_ entry: Entry) {
        count += 1
        if entry.applied { applied += 1 }
        if ring.count < Self.limit {
            ring.append(entry)
        } else {
            ring[oldest] = entry
            oldest = (oldest + 1) % Self.limit
        }
    }

    mutating func clear() {
        (count, applied, oldest) = (0, 0, 0)
        ring.removeAll(keepingCapacity: true)
    }

    var json: JSON {
        .members([
            "ok": .bool(true), "count": .integer(count), "applied": .integer(applied),
            "refused": .integer(count - applied), "drives": .verbatim(text),
        ])
    }

    /// Written by hand: tens of thousands of rows must not keep the machine waiting.
    private var text: String {
        var text = "["
        text.reserveCapacity(ring.count * 96 + 2)
        for entry in ring[oldest...] { entry.write(to: &text) }
        for entry in ring[..<oldest] { entry.write(to: &text) }
        if text.utf8.last == UInt8(ascii: ",") { text.removeLast() }
        return text + "]"
    }
}

extension DriveRecord.Entry {
    fileprivate func write(to text: inout String) {
        text += "[\(at),\(Int64(permit.epoch)),\(Int64(permit.stop)),\(counter),\(enable)"
        for index in 0..<4 {
            let (tenths, sign) = (Int(axes[index].magnitude), axes[index] < 0 ? "-" : "")
            text += tenths % 10 == 0 ? ",\(sign)\(tenths / 10)" : ",\(sign)\(tenths / 10).\(tenths % 10)"
        }
        text += applied ? ",1]," : ",0],"
    }
}
