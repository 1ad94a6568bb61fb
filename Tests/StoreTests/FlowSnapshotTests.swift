import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Testing

@testable import Store

@Suite("The snapshot of live flows")
struct FlowSnapshotTests {
    private func mark(_ number: Int, up: UInt64 = 0) -> FlowMark {
        let key = FlowMark.Key(start: UInt64(number) | 7 << 32, id: 7, tuple: 7)
        return FlowMark(key: key, up: up, down: up / 2, last: Timestamp(microseconds: 1_795_161_600_000_000), part: 3)
    }

    private func loaded(_ path: String) throws -> [FlowMark] {
        try FlowSnapshot(path: path).load().sorted { $0.key.start < $1.key.start }
    }

    @Test("gives back the newest figures of every flow that is left")
    func life() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("usage.snapshot")
        let snapshot = try FlowSnapshot(path: path)
        #expect(snapshot.boot == "" && snapshot.load().isEmpty)
        try snapshot.begin(boot: "boot-1")
        var model: [FlowMark.Key: FlowMark] = [:]
        var random = SeededRandom(seed: 4)
        for step in 1...60 {
            let changed = Set((0..<20).map { _ in Int.random(in: 0..<300, using: &random) }).map {
                mark($0, up: UInt64(step))
            }
            let ended = Array(model.keys.shuffled(using: &random).prefix(5)).filter { key in
                !changed.contains { $0.key == key }
            }
            try snapshot.store(changed: changed, ended: ended)
            for mark in changed { model[mark.key] = mark }
            for key in ended { model[key] = nil }
            let expected = model.values.sorted { $0.key.start < $1.key.start }
            #expect(try loaded(path) == expected)
        }
        #expect(try FlowSnapshot(path: path).boot == "boot-1")
        try snapshot.begin(boot: "boot-2")
        #expect(try loaded(path).isEmpty)
    }

    @Test("writes 64 bytes for each flow that changed, and nothing for those that did not")
    func sparing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("usage.snapshot")
        let snapshot = try FlowSnapshot(path: path)
        try snapshot.store(changed: (0..<10_000).map { mark($0, up: 1) })
        let before = try Data(contentsOf: URL(filePath: path))
        try snapshot.store(changed: [mark(17, up: 2), mark(4711, up: 2)])
        let after = try Data(contentsOf: URL(filePath: path))
        #expect(after.count <= 4096 + (10_000 / 64 + 1) * 8192)
        var padded = before
        padded.append(Data(count: after.count - before.count))
        let changed = zip(padded, after).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        #expect(Set(changed.map { $0 / 64 }).count == 2)
        try snapshot.store(changed: [])
        #expect(try Data(contentsOf: URL(filePath: path)) == after)
    }

    @Test("cut off in the middle of any write has the figures from before it")
    func torn() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("usage.snapshot")
        let snapshot = try FlowSnapshot(path: path)
        try snapshot.store(changed: (0..<100).map { mark($0, up: 1) })
        try snapshot.store(changed: (0..<100).map { mark($0, up: 2) })
        let before = [UInt8](try Data(contentsOf: URL(filePath: path)))
        try snapshot.store(changed: [mark(50, up: 3)])
        let after = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let first = try #require(zip(before, after).enumerated().first { $1.0 != $1.1 }?.offset) / 64 * 64
        for cut in 1..<64 {
            var half = before
            half.replaceSubrange(first..<first + cut, with: after[first..<first + cut])
            try Data(half).write(to: URL(filePath: path))
            let reopened = try FlowSnapshot(path: path)
            let flow = try #require(reopened.load().first { $0.key == mark(50).key })
            let isWhole = half == after
            #expect(flow.up == (isWhole ? 3 : 2) && reopened.load().count == 100)
            #expect(reopened.torn == (isWhole || half == before ? 0 : 1))
            try reopened.store(changed: [mark(50, up: 9)])
            #expect(try loaded(path).first { $0.key == mark(50).key }?.up == 9)
        }
        try Data(after.dropLast(30)).write(to: URL(filePath: path))
        #expect(try FlowSnapshot(path: path).load().count == 100, "the file's end may be cut off too")
    }

    @Test("is read by others: its slots have a sum as in ISO 3309, and their numbers are where they were")
    func form() throws {
        #expect(Array("123456789".utf8).withUnsafeBytes { Checksum.crc32($0) } == 0xCBF4_3926)
        let folder = try TemporaryFolder()
        let path = folder.path("usage.snapshot")
        let tuple: UInt128 = 0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10
        let key = FlowMark.Key(start: 0x1122_3344_5566_7788, id: 0x99AA_BBCC, tuple: tuple)
        try FlowSnapshot(path: path).store(changed: [
            FlowMark(key: key, up: 3, down: 4, last: Timestamp(microseconds: 5), part: 2)
        ])
        let slot = [UInt8](try Data(contentsOf: URL(filePath: path)))[8192..<8256]
        let numbers: [[UInt8]] = [
            [1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, 0, 0],
            [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], [0xCC, 0xBB, 0xAA, 0x99], Array(1...16),
        ]
        #expect(Array(slot.dropFirst(4)) == Array(numbers.joined()))
    }

    @Test("that is none is moved aside, never believed")
    func nonsense() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("nonsense", to: "usage.snapshot")
        #expect(try FlowSnapshot(path: path).load().isEmpty)
        #expect(folder.names.contains("usage.snapshot.damaged"))
    }
}
