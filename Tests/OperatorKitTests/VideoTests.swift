import CSystem
import FieldGateTesting
import FieldModel
import PeerTesting
import Platform
import Testing

@testable import OperatorKit

@Suite("The picture's age")
struct VideoTests {
    /// A packet as the camera of the simulators writes it (its own description, not its code).
    static func packet(_ timestamp: UInt32, captured: Int64, place: UInt16, of count: UInt16) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        let fixed: [UInt8] = [0x90, 96] + bytes(UInt16(1)) + bytes(timestamp) + bytes(UInt32(7))
        let list: [UInt8] = [0x17] + bytes(captured) + [0x23] + bytes(count) + bytes(place) + [0, 0]
        return fixed + [0xBE, 0xDE, 0, 4] + list + [1, 2, 3]
    }

    static func take(_ frames: inout VideoFrames, _ packet: [UInt8]) -> Bool {
        packet.withUnsafeBytes { frames.take($0) }
    }

    @Test("is that of the newest whole frame: copies and parts make none, late frames do not lead back")
    func frames() {
        var frames = VideoFrames()
        for place: UInt16 in [0, 2, 2, 0] {
            let isTaken = Self.take(&frames, Self.packet(1, captured: 100, place: place, of: 3))
            #expect(isTaken)
        }
        #expect(frames.newest == nil)
        _ = Self.take(&frames, Self.packet(1, captured: 100, place: 1, of: 3))
        #expect(frames.newest == 100)
        _ = Self.take(&frames, Self.packet(3, captured: 300, place: 0, of: 1))
        _ = Self.take(&frames, Self.packet(2, captured: 200, place: 0, of: 1))
        #expect(frames.newest == 300)
    }

    @Test("is not made of anything else, of any length")
    func strangers() {
        let good = Self.packet(1, captured: 100, place: 0, of: 1)
        var frames = VideoFrames()
        for count in 0..<32 {
            let isTaken = Self.take(&frames, Array(good[..<count]))
            #expect(!isTaken)
        }
        for (place, value) in [(0, UInt8(0x80)), (0, 0x50), (12, 0), (15, 200), (16, 0xF7), (27, 0)] {
            var bad = good
            bad[place] = value
            let isTaken = Self.take(&frames, bad)
            #expect(!isTaken, "byte \(place)")
        }
        #expect(frames.newest == nil)
    }

    @Test("grows while nothing comes, and is unknown before anything came")
    func age() throws {
        let video = try VideoAge(.rtp(address: "127.0.0.1", port: 0, clockOffset: .zero))
        let now = Instant(nanoseconds: 0)
        #expect(video.age(at: now) == nil)
        try Self.send(Self.packet(1, captured: fg_monotonic_ns() - 70_000_000, place: 0, of: 1), to: video)
        let first = try #require(video.age(at: now))
        let second = try #require(video.age(at: now))
        #expect(first >= .milliseconds(70) && second >= first)
        #expect(try VideoAge(.unknown).age(at: now) == nil)
        #expect(try VideoAge(.fixed(.milliseconds(5))).age(at: now) == .milliseconds(5))
    }

    @Test("follows a camera that starts anew, and is unknown for a picture from the future")
    func restart() throws {
        var frames = VideoFrames()
        _ = Self.take(&frames, Self.packet(9, captured: 60_000_000_000, place: 0, of: 1))
        _ = Self.take(&frames, Self.packet(1, captured: 1_000_000_000, place: 0, of: 1))
        #expect(frames.newest == 1_000_000_000)
        let video = try VideoAge(.rtp(address: "127.0.0.1", port: 0, clockOffset: .seconds(-3600)))
        try Self.send(Self.packet(1, captured: fg_monotonic_ns(), place: 0, of: 1), to: video)
        #expect(video.age(at: Instant(nanoseconds: 0)) == nil)
    }

    @Test("is known from the camera of the simulators")
    func camera() async throws {
        let video = try VideoAge(.rtp(address: "127.0.0.1", port: 0, clockOffset: .zero))
        let folder = try TemporaryFolder()
        let camera = try Peer(
            Place.product("fieldsim"), ["camera", "--to", try #require(video.name), "--fps", "50"], in: folder)
        try await eventually("an age") { video.age(at: Instant(nanoseconds: 0)) != nil }
        camera.kill()
    }

    private static func send(_ packet: [UInt8], to video: VideoAge) throws {
        let port = try #require(video.name?.split(separator: ":").last.flatMap { UInt16($0) })
        var address = sockaddr_storage()
        let length = fg_network_address(&address, "127.0.0.1", port)
        var local = sockaddr_storage()
        let socket = fg_datagram_socket(&local, fg_network_address(&local, "127.0.0.1", 0))
        defer { close(socket) }
        #expect(fg_datagram_send(socket, packet, packet.count, &address, length) > 0)
    }
}
