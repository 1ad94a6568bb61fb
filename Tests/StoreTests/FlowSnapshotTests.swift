import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Testing

@testable import Store

@Suite("The snapshot of live flows")
struct FlowSnapshotTests {
    private func mark(_ number: Int, up: UInt64 = 0) -> FlowMark {
        var key = [UInt8](repeating: 7, count: 28)
        for place in 0..<4 { key[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        return FlowMark(key: key, up: up, down: up / 2, last: Timestamp(microseconds: 1_795_161_600_000_000), part: 3)
    }

    private func loaded(_ path: String) throws -> [FlowMark] {
        try FlowSnapshot(path: path).load().sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    @Test("gives back the newest figures of every flow that is left")
    func life() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("usage.snapshot")
        let snapshot = try FlowSnapshot(path: path)
        #expect(snapshot.boot == "" && snapshot.load().isEmpty)
        try snapshot.begin(boot: "boot-1")
        var model: [[UInt8]: FlowMark] = [:]
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
            let expected = model.values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
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

    @Test("that is none is moved aside, never believed")
    func nonsense() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("nonsense", to: "usage.snapshot")
        #expect(try FlowSnapshot(path: path).load().isEmpty)
        #expect(folder.names.contains("usage.snapshot.damaged"))
    }
}
