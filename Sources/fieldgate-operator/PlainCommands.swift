import ArgumentParser
import ControlWire
import FieldModel
import OperatorInput
import OperatorKit
import Signing

struct NameplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nameplate", abstract: "Fetch a machine's nameplate, check its signature, show it; take nothing.")

    @OptionGroup var claim: ClaimOptions

    func run() throws {
        let sitting = try ConsoleSitting(try claim.settings(for: .drive)) { _ in NoInput() }
        let (nameplate, role) = try sitting.nameplate()
        Terminal.say(nameplate.page(role))
        Terminal.say("nothing was taken, and your key was not checked: that is done when the machine is taken")
        sitting.console.stop()
    }
}

struct UnlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Unlock a machine in LOCKED, as a supervisor.")

    @OptionGroup var claim: ClaimOptions

    @Flag(help: "Do not ask for confirmation of the nameplate.")
    var yes = false

    func run() throws {
        let sitting = try ConsoleSitting(try claim.settings(for: .unlock)) { _ in NoInput() }
        let (nameplate, role) = try sitting.nameplate()
        Terminal.say(nameplate.page(role))
        guard try sitting.confirm(nameplate, asking: !yes) else {
            sitting.console.stop()
            throw Exit.notConfirmed
        }
        while true {
            for event in try sitting.events(within: .milliseconds(100)) {
                if case .granted = event { return Terminal.say("unlocked") }
                if event.isLast { throw sitting.complain(event) ?? Exit.noAnswer }
            }
        }
    }
}

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a machine with any key of its roster, without a session.",
        discussion: "It is no e-stop: it needs the broker and the gateway. Blocks for about 2 s.")

    @OptionGroup var machine: MachineOptions

    func run() throws {
        let settings = ConsoleSettings(
            broker: try machine.broker.settings(), gateway: machine.gateway, machine: machine.machine, operatorID: "",
            secretKey: try KeyFile.secret(machine.key).secret, machineKey: "")
        let outcome: StopWithoutSession.Outcome
        do throws(ConsoleFault) { outcome = try StopWithoutSession.send(settings) } catch {
            Terminal.complain(error.description)
            throw Exit.noAnswer
        }
        let state = outcome.state
        guard !outcome.isRefused else {
            Terminal.complain(
                "the gateway refused the stop (BAD_MAC): this key is not on the roster of \(machine.machine), which "
                    + "says \(state.phase.name) (\(state.cause.name)); use a key of its roster, or the e-stop on the spot"
            )
            throw Exit.refused
        }
        Terminal.say(
            "the stop was sent; \(machine.machine) now says \(state.phase.name) (\(state.cause.name), not authenticated)"
        )
        guard !state.phase.isDriving, state.phase != .armed, state.phase != .requested else {
            Terminal.complain(
                "the machine does not say that it stopped: is this key on its roster? Use the e-stop on the spot")
            throw Exit.refused
        }
    }
}

/// Asks for nothing.
final class NoInput: OperatorInputDevice {
    let descriptor: Int32 = -1
    let interest: EventInterest = []
    let deadline: Instant? = nil
    let fault: String? = nil
    func sample(at now: Instant) -> OperatorSample { OperatorSample(axes: []) }
    func ready(_ events: EventInterest, at now: Instant) {}
}
