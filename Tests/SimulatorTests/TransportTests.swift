import Foundation
import Glibc
import SimulatedMachines
import SimulatorKit
import Testing

@Suite("A Modbus TCP port")
struct TransportTests {
    private let read: [UInt8] = [0, 7, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]
    private let answer: [UInt8] = [0, 7, 0, 0, 0, 5, 1, 3, 2, 0, 100]

    private func serve(
        _ body: (MachineStation<WheelLoader>, Reactor) throws -> Void
    ) throws {
        let reactor = try Reactor()
        let station = try MachineStation(WheelLoader(seed: 1), at: .tcp(port: 0), reactor: reactor)
        defer { station.shutDown() }
        try body(station, reactor)
    }

    @Test("answers each client with its own transaction, several at a time")
    func clients() throws {
        try serve { station, reactor in
            let clients = try (0..<3).map { _ in try Client(port: station.port, reactor) }
            for (number, client) in clients.enumerated() { client.send([0, UInt8(number)] + read[2...]) }
            for (number, client) in clients.enumerated() {
                #expect(client.receive(11) == [0, UInt8(number)] + answer[2...])
            }
        }
    }

    @Test("answers a hundred requests in one segment in their order")
    func pipelining() throws {
        try serve { station, reactor in
            let client = try Client(port: station.port, reactor)
            client.send((0..<100).flatMap { [0, UInt8($0)] + read[2...] })
            let replies = client.receive(1_100)
            #expect(stride(from: 1, to: replies.count, by: 11).map { replies[$0] } == (0..<100).map { UInt8($0) })
        }
    }

    @Test("keeps the answers of a client that does not read until it does")
    func slowReader() throws {
        try serve { station, reactor in
            let client = try Client(port: station.port, reactor)
            let longRead: [UInt8] = [0, 7, 0, 0, 0, 6, 1, 4, 0, 0, 0, 28]
            let count = 200_000
            client.sendWhileServing(Array(repeatElement(longRead, count: count).joined()), expecting: count * 65)
            #expect(client.received.count == count * 65)
        }
    }

    @Test("forgets a client that goes away under answers it has not read")
    func hangUpUnderUnreadAnswers() throws {
        let reactor = try Reactor()
        let simulation = MachineSimulation(WheelLoader(seed: 1), now: Reactor.now)
        let server = MachineServer(simulation, unit: 1, seed: 1)
        let listener = try TCPListener(port: 0, reactor: reactor, server: server)
        defer { listener.shutDown() }
        var client: Client? = try Client(port: listener.port, reactor)
        client?.sendUntilRefused(Array(repeatElement(read, count: 1_000).joined()))
        #expect(listener.connected == 1)
        client = nil
        for _ in 0..<100 where listener.connected > 0 { reactor.turn(atMost: 1_000_000_000) }
        #expect(listener.connected == 0)
    }

    @Test("waits for the rest of a request that comes in pieces")
    func pieces() throws {
        try serve { station, reactor in
            let client = try Client(port: station.port, reactor)
            for byte in read.dropLast() {
                client.send([byte])
                reactor.turn(atMost: 1_000_000_000)
            }
            #expect(client.available == 0)
            client.send([read.last!])
            #expect(client.receive(11) == answer)
        }
    }

    @Test(
        "closes the connection upon a header that can't be Modbus",
        arguments: [[0, 7, 0, 1, 0, 6, 1, 3], [0, 7, 0, 0, 0, 1, 1, 3], [0, 7, 0, 0, 1, 0, 1, 3]] as [[UInt8]])
    func badHeader(header: [UInt8]) throws {
        try serve { station, reactor in
            let client = try Client(port: station.port, reactor)
            client.send(header)
            #expect(client.isClosedByServer)
        }
    }

    @Test("sends a slow answer late but whole, and a truncated one by half")
    func spoiltAnswers() throws {
        try serve { station, reactor in
            let client = try Client(port: station.port, reactor)
            station.simulation.inject(.slow(50_000_000), lasting: nil, now: Reactor.now)
            let start = Reactor.now
            client.send(read)
            #expect(client.receive(11) == answer)
            #expect(Reactor.now - start >= 50_000_000)
            station.simulation.inject(.truncate, lasting: nil, now: Reactor.now)
            client.send(read)
            #expect(client.receive(5) == Array(answer.prefix(5)))
            station.simulation.inject(.wrongTransaction, lasting: nil, now: Reactor.now)
            client.send(read)
            #expect(client.receive(11).prefix(2) == [0, 8])
            station.simulation.inject(.junk, lasting: nil, now: Reactor.now)
            client.send(read)
            #expect(client.receive(11) != answer)
            station.simulation.inject(.close, lasting: nil, now: Reactor.now)
            client.send(read)
            #expect(client.isClosedByServer)
        }
    }
}

@Suite("A control socket")
struct ControlSocketTests {
    @Test("answers each line with one line, and leaves nothing behind")
    func lines() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString)").path
        let reactor = try Reactor()
        let socket = try ControlSocket(path: path, reactor: reactor) { .members(["heard": .string($0)]) }
        let client = try Client(path: path, reactor)
        client.send(Array("one\ntwo\nthr".utf8))
        #expect(client.receive(32) == Array("{\"heard\":\"one\"}\n{\"heard\":\"two\"}\n".utf8))
        client.send(Array("ee\n".utf8))
        #expect(client.receive(18) == Array("{\"heard\":\"three\"}\n".utf8))
        socket.shutDown()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("replaces an abandoned socket but no file")
    func abandoned() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString)").path
        defer { unlink(path) }
        let reactor = try Reactor()
        let first = try ControlSocket(path: path, reactor: reactor) { _ in .done }
        let second = try ControlSocket(path: path, reactor: reactor) { _ in .null }
        #expect(try Client(path: path, reactor).ask("x\n", reply: 5) == "null\n")
        withExtendedLifetime((first, second)) {}
        second.shutDown()
        try "precious".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: SystemFault.self) { try ControlSocket(path: path, reactor: reactor) { _ in .done } }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }
}
