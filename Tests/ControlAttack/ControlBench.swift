import Control
import ControlPath
import ControlWire
import DirectLink
import FieldGateTesting
import FieldModel
import Logging
import MQTTLink
import Platform
import Signing

/// One machine's control path without a network: bytes in, register writes out, and a clock that a test moves.
package final class ControlBench {
    package static let gateway = "gw"
    package static let machine = "loader-1"
    static let address = DirectAddress(host: 0x7F00_0001, port: 5000)

    package let time = ManualTime()
    package let bus = BenchBus()
    package let log: BenchLog
    package let air = BenchAir()
    package let topics = ControlTopics(Topics(gateway: gateway), device: machine)
    package let station: ControlStation
    package let profile: UInt64
    package let machineKey: SigningKey
    /// `anna` and `ben` drive, `sue` supervises, `stan` may only stop.
    package let people: [String: SigningKey]
    /// Every drive that left, and when.
    package private(set) var drives: [(drive: DriveWrite, at: Instant)] = []
    /// Every write, drives among them.
    package private(set) var writes: [WriteRequest] = []
    package private(set) var answers: [(answer: ClaimReply, reply: MQTTReply)] = []
    private let inbox = ControlInbox(wakeUp: {})
    private var nextTick: Instant
    private var correlation: [UInt8] = [7]
    private let command: [UInt8]
    private let stop: [UInt8]
    private let request: [UInt8]

    /// Nil when the shipped profile can't be read.
    package init?(_ standing: ControlStanding = ControlStanding(epoch: 41), limits: SessionLimits? = nil) {
        guard let map = LoaderProfile.control else { return nil }
        log = BenchLog(standing)
        profile = ProfileHash.of(map)
        machineKey = SigningKey()
        let roles: [(String, OperatorRole)] = [
            ("anna", .operates), ("ben", .operates), ("sue", .supervisor), ("stan", .stopOnly),
        ]
        let people = Dictionary(uniqueKeysWithValues: roles.map { ($0.0, SigningKey()) })
        self.people = people
        let roster = Roster(
            operators: roles.compactMap { name, role in
                people[name].map { .init(id: name, name: name, role: role, key: $0.verifying) }
            })
        let around = ControlStation.Surroundings(
            log: log, inbox: inbox, direct: air, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            active: ControlActivity())
        var defaults = SessionLimits()
        defaults.creep = map.creep
        let control = DeviceControl(
            device: Self.machine, map: map, ownConnection: true, timeout: .milliseconds(50),
            limits: limits ?? defaults, serial: "WL-1")
        let claims = ClaimDesk(
            gateway: Self.gateway, machine: Self.machine, roster: roster, key: machineKey, nameplate: Array("{}".utf8))
        station = ControlStation(
            control, unit: 1, profile: profile, claims: claims, roster: roster, topics: topics, bus: bus,
            around: around, at: time.now())
        station.connection = air
        nextTick = time.now()
        (command, stop, request) = (topics.commandBytes, topics.stopBytes, topics.requestBytes)
        bus.onWrite = { [unowned self] request, now in
            writes.append(request)
            if let drive = DriveWrite(request) { drives.append((drive, now)) }
        }
    }

    package var now: Instant { time.now() }
    package var phase: SessionPhase { station.session.phase }
    package var session: SessionMachine { station.session }
    package var rejects: UInt32 { station.session.rejects }
    package var lastReject: FrameReject? { station.session.lastReject }
    package var newestFrame: UInt64 { station.session.lease?.newest ?? 0 }
    package var stopNumber: UInt32 { station.session.stopNumber }

    package func console(_ name: String) -> BenchConsole {
        let roles: [String: OperatorRole] = ["sue": .supervisor, "stan": .stopOnly]
        return BenchConsole(
            name, roles[name] ?? .operates, signing: people[name] ?? SigningKey(), topics: topics, profile: profile)
    }

    // MARK: Time

    /// Everything that is due happens when it is due.
    package func run(_ duration: Duration) {
        let end = now + duration
        settle()
        while true {
            let due = min(nextTick, station.stateDue, bus.due ?? end, end)
            time.advance(to: due)
            settle()
            if now >= end, due >= end { return }
        }
    }

    /// The clock goes on, and nobody does anything: a process that stands still.
    package func freeze(_ duration: Duration) { time.advance(by: duration) }

    /// What the control loop does after every round of events, until nothing is left to do.
    package func settle() {
        let now = now
        repeat {
            for (event, _) in inbox.takeEvents() { station.handle(event, at: now) }
            if now >= nextTick {
                station.tick(at: now)
                nextTick = max(nextTick + .milliseconds(10), now + .nanoseconds(1))
            }
            station.turn(at: now)
            answers += inbox.takeAnswers()
        } while isRestless(at: now)
    }

    private func isRestless(at now: Instant) -> Bool {
        if let due = bus.due, due <= now { return true }
        return bus.isBusy && bus.due == nil || station.stateDue <= now || !inbox.isEmpty
    }

    // MARK: What comes in

    package func publish(_ payload: [UInt8], to topic: [UInt8], retained: Bool = false, correlation: [UInt8] = []) {
        let now = now
        topic.withUnsafeBufferPointer { topic in
            payload.withUnsafeBytes { payload in
                station.receive(
                    topic: topic, payload: payload, retained: retained, correlation: correlation, at: now)
            }
        }
        settle()
    }

    package func command(_ payload: [UInt8], retained: Bool = false) {
        publish(payload, to: command, retained: retained)
    }

    package func stop(_ payload: [UInt8], retained: Bool = false) { publish(payload, to: stop, retained: retained) }

    package func packet(_ packet: [UInt8], path: Int = 0) {
        let now = now
        packet.withUnsafeBytes { packet in
            guard DirectPacket.session(of: packet) == air.tag else { return }
            station.receive(packet, from: Self.address, path: path, at: now)
        }
        settle()
    }

    /// The answers to a request; nothing when it was ignored.
    package func ask(_ document: [UInt8]) -> [ClaimReply] {
        correlation[0] &+= 1
        let before = answers.count
        publish(document, to: request, correlation: correlation)
        return answers[before...].map(\.answer)
    }

    package func forget() {
        answers.removeAll(keepingCapacity: true)
        drives.removeAll(keepingCapacity: true)
        writes.removeAll(keepingCapacity: true)
    }

    /// Drives that would move the machine, since `forget`.
    package var moving: [DriveWrite] { drives.map(\.drive).filter { $0.enable && $0.axes != .zero } }
}

extension ControlBench {
    /// The whole handshake; true when it ends in a grant.
    package func grant(_ console: inout BenchConsole, _ purpose: ClaimPurpose = .drive, direct: [String] = []) -> Bool {
        guard case .offer(let offer)? = ask(console.hello(purpose, direct: direct)).first,
            let take = console.take(offer, of: machineKey.verifying, at: now)
        else { return false }
        return ask(take).contains { if case .granted = $0 { true } else { false } }
    }

    /// Frames every 20 ms, each an echo of the newest state.
    package func drive(
        _ console: inout BenchConsole, _ duration: Duration, _ change: (inout CommandFrame) -> Void = { _ in }
    ) {
        let end = now + duration
        while now < end {
            run(.milliseconds(20))
            send(&console, change)
        }
    }

    package func send(_ console: inout BenchConsole, _ change: (inout CommandFrame) -> Void = { _ in }) {
        console.hear(air.state)
        command(console.sealed(console.frame(change)))
    }

    /// From nothing to ACTIVE, at half travel.
    package func activate(_ console: inout BenchConsole) {
        run(.milliseconds(700))
        guard grant(&console) else { return }
        drive(&console, .milliseconds(1200))
        drive(&console, .milliseconds(360)) { $0.flags = .enable }
        drive(&console, .milliseconds(100), Self.half)
    }

    package static func half(_ frame: inout CommandFrame) {
        frame.flags = .enable
        frame.axes[0] = 500
    }
}
