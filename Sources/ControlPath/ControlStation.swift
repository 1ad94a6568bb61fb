import Control
import ControlWire
import DirectLink
import FieldModel
import Logging
import MQTTLink
import Platform

/// One machine's remote control at work: the session decides, this carries out. Belongs to the control loop.
package final class ControlStation {
    /// What stations share.
    package struct Surroundings {
        let log: any ControlLog
        let inbox: ControlInbox
        let direct: (any DirectPaths)?
        let logger: Logger
        let active: ControlActivity

        package init(
            log: any ControlLog, inbox: ControlInbox, direct: (any DirectPaths)?, logger: Logger,
            active: ControlActivity
        ) {
            self.log = log
            self.inbox = inbox
            self.direct = direct
            self.logger = logger
            self.active = active
        }
    }

    package let device: String
    package let topics: ControlTopics
    package internal(set) var session: SessionMachine
    var registers: ControlRegisters
    let bus: any ControlBus
    var claims: ClaimDesk
    let roster: Roster
    let around: Surroundings
    package internal(set) var seals: ControlSeals?
    /// Granted keys that wait for the session's word.
    var taken: [UInt32: ClaimDesk.Taken] = [:]
    var farewell: Farewell?
    /// A claim that was granted and then refused: its console knows why.
    var refused: UInt32?
    /// As it was told last.
    var watchdogFault: String?
    var underWay: BusOrder?
    /// What the reads of a report brought so far, and when the first was asked.
    var reportParts: [[UInt16]] = []
    var reportAsked = Instant(nanoseconds: 0)
    var nextState: Instant
    var nextPathFrame: Instant
    var body = [UInt8](repeating: 0, count: FrameLayout.stateBytes + BrokerSeal.macBytes)
    var packet = [UInt8](repeating: 0, count: DirectSocket.longest)
    var opened = [UInt8](repeating: 0, count: DirectSocket.longest)
    /// Sends to the broker, where there is a connection.
    package var connection: (any StateOutlet)?

    package init(
        _ control: DeviceControl, unit: UInt8, profile: UInt64, claims: ClaimDesk, roster: Roster,
        topics: ControlTopics, bus: any ControlBus, around: Surroundings, at now: Instant
    ) {
        device = control.device
        registers = ControlRegisters(control.map, unit: unit)
        self.claims = claims
        self.roster = roster
        self.topics = topics
        self.bus = bus
        self.around = around
        let standing = around.log.standing(of: control.device)
        session = SessionMachine(
            limits: control.limits, profile: profile, epoch: standing.epoch, wasOpen: standing.isOpen, at: now)
        (nextState, nextPathFrame) = (now, now)
        tellStanding()
        if standing.isOpen {
            around.logger.notice(
                "control LOCKED",
                metadata: ["device": "\(device)", "cause": "restarted", "epoch": "\(standing.epoch)"])
            around.log.record(
                [
                    .init("event", .text("restarted")),
                    .init("lease_epoch", .integer(Int64(clamping: standing.epoch))),
                ], of: device)
        }
    }

    package func handle(_ event: SessionEvent, at now: Instant) {
        carryOut(session.handle(event, at: now), at: now)
        work(at: now)
    }

    /// After every round of events.
    package func turn(at now: Instant) {
        if let isConnected = bus.turn(at: now) { handle(isConnected ? .deviceBack : .deviceLost, at: now) }
        if let answer = bus.takeAnswer(), let order = underWay {
            underWay = nil
            handle(.finished(order, outcome(answer, of: order)), at: now)
            if session.report?.watchdogFault != watchdogFault { tellStanding() }
        }
        work(at: now)
        farewell?.say(connection, topics.state, around.direct, at: now)
        if now >= nextState { sendState(at: now) }
    }

    package func tick(at now: Instant) { handle(.tick, at: now) }

    package var stateDue: Instant { min(nextState, farewell?.due ?? nextState) }
}
