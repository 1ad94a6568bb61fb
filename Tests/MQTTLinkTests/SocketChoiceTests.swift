import CSocketChoice
import FieldGateTesting
import FieldModel
import Foundation
import Glibc
import MQTTLink
import PeerTesting
import Platform
import Testing

@Suite("Sockets made to measure")
struct SocketChoiceTests {
    private struct Seen: Equatable {
        var device = ""
        var priority: Int32 = -1
        var transport: Int32 = -1

        init(_ descriptor: Int32) {
            var name = [UInt8](repeating: 0, count: 16)
            var length = socklen_t(name.count)
            getsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, &name, &length)
            device = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            length = 4
            getsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, &length)
            getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &transport, &length)
        }
    }

    private static let multipath: Int32 = 262

    @Test("A thread that says so gets its TCP sockets with device, priority and transport, and no other sockets")
    func choice() {
        fg_socket_choice_begin("lo", 5, 1)
        let stream = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let datagram = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        fg_socket_choice_end()
        let after = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { for descriptor in [stream, datagram, after] { close(descriptor) } }
        let seen = Seen(stream)
        #expect(seen.device == "lo" && seen.priority == 5)
        let hasMultipath = (try? String(contentsOfFile: "/proc/sys/net/mptcp/enabled", encoding: .utf8))?.first == "1"
        #expect(seen.transport == (hasMultipath ? Self.multipath : Int32(IPPROTO_TCP)))
        #expect(Seen(datagram).device.isEmpty)
        #expect(Seen(after).device.isEmpty && Seen(after).transport == Int32(IPPROTO_TCP))
    }

    @Test("A device that is not there is an error of the socket, not of the program")
    func noDevice() {
        fg_socket_choice_begin("none", 0, 0)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let code = errno
        fg_socket_choice_end()
        #expect(descriptor == -1 && code == ENODEV)
    }

    @Test(
        "libmosquitto's own socket is one of them", .enabled("mosquitto is not installed") { Broker.isInstalled })
    func library() async throws {
        let broker = try await Broker()
        let connector = MQTTConnector(broker.settings(), will: nil, time: SystemTime(source: .system), device: "lo")
        let connection = try connector.connect()
        let own = Seen(connection.descriptor)
        #expect(own.device == "lo" && own.priority == 2)
        connection.disconnect()
    }
}
