import FieldGateTesting
import FieldModel
import Platform
import Store
import Testing

@Suite(
    "A spool on a disk that refuses",
    .enabled("this machine does not let the test mount a file system") { await MountedFolder.isPermitted() })
struct SpoolDiskTests {
    @Test("a read-only file system is refused in words that name the folder and the reason")
    func readOnly() async throws {
        let disk = try await MountedFolder(size: "4m")
        let house = try SpoolHouse(below: disk.path + "/spool")
        try await house.with { try await $0.commit([body(1)]) }
        try await disk.remount("ro")
        #expect {
            _ = try house.open()
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains(house.settings.directory) && message.contains("Read-only file system")
        }
        try await disk.remount("rw")
        try await house.with { #expect($0.last(of: .telemetry) == 1) }
    }

    @Test("a full disk raises the alarm, loses nothing that was stored, and goes on when there is room")
    func full() async throws {
        let disk = try await MountedFolder(size: "1m")
        let house = try SpoolHouse(below: disk.path + "/spool")
        var sent = 0
        try await house.with(SystemTime(source: .system)) { spool in
            try await eventually("the disk is full") {
                if spool.state.pending < 20, spool.state.alarm == nil {
                    spool.append(body(sent, bytes: 4000), to: .event)
                    sent += 1
                }
                return spool.state.alarm != nil
            }
            try await eventually("the alarm is told") { house.alarms.all.count == 1 }
            #expect(house.alarms.all[0].contains(house.settings.directory) && house.alarms.all[0].contains("full"))
            let stored = spool.last(of: .event)
            #expect(stored > 0 && spool.state.pending > 0)
            for _ in 0..<5 {
                spool.append(body(sent, bytes: 4000), to: .event)
                sent += 1
            }
            #expect(try await spool.all(.event).map(\.identity.sequence) == Array(1...stored))

            try await disk.remount("size=16m")
            try await eventually("everything is stored") { spool.last(of: .event) == sent }
            #expect(spool.state.alarm == nil && spool.state.pending == 0)
            try await eventually("the alarm is over") { house.alarms.all.last == "fine" }
        }
        try await house.with { spool in
            let rows = try await spool.all(.event)
            #expect(rows.count == sent)
            #expect(rows.indices.allSatisfy { rows[$0].body == body($0, bytes: 4000) })
        }
    }

    @Test("beyond its memory the oldest telemetry is given up and counted, events are kept")
    func memoryIsTheLimit() async throws {
        let disk = try await MountedFolder(size: "1m")
        let house = try SpoolHouse(below: disk.path + "/spool")
        house.settings.memoryBytes = 100_000
        try await house.with(SystemTime(source: .system)) { spool in
            try await eventually("the disk is full") {
                if spool.state.pending < 5 { spool.append(body(0, bytes: 4000), to: .event) }
                return spool.state.alarm != nil
            }
            let events = Int(spool.last(of: .event)) + spool.state.pending
            for number in 0..<100 { spool.append(body(number, bytes: 4000), to: .telemetry) }
            #expect(spool.state.pending <= 30)
            try await disk.remount("size=16m")
            spool.flush()
            try await eventually("everything left is stored") { spool.state.pending == 0 && spool.state.alarm == nil }
            let state = spool.state(of: .telemetry)
            #expect(Int(state.dropped) + Int(state.last) == 100)
            #expect(try await spool.all(.telemetry).last?.body == body(99, bytes: 4000))
            // One more: the event that tells of the dropped telemetry.
            try await eventually("the events are stored") { Int(spool.last(of: .event)) == events + 1 }
        }
    }
}
