import CSystem
import ControlWire
import FieldGateTesting
import FieldModel
import PeerTesting
import Platform
import Signing
import Testing

@Suite("fieldgate-operator", .serialized)
struct OperatorCommandTests {
    static let program = Place.product("fieldgate-operator")

    @Test("makes a key once, for its owner's eyes, and shows its public half")
    func keys() async throws {
        let folder = try TemporaryFolder()
        let made = try await Peer.run(Self.program, ["key", "new", folder.path("a.key")], in: folder)
        #expect(made.code == 0 && made.text.count == 65)
        #expect(fg_file_mode(folder.path("a.key")) == 0o600)
        let shown = try await Peer.run(Self.program, ["key", "show", folder.path("a.key")], in: folder)
        #expect(shown.text == made.text)
        let again = try await Peer.run(Self.program, ["key", "new", folder.path("a.key")], in: folder)
        #expect(again.code == 2 && again.text.contains("never overwritten"))
        chmod(folder.path("a.key"), 0o644)
        let open = try await Peer.run(Self.program, ["key", "show", folder.path("a.key")], in: folder)
        #expect(open.code == 2 && open.text.contains("chmod 600"))
    }

    @Test("makes a roster that its owner's key opens, and names what is wrong in it")
    func rosters() async throws {
        let folder = try TemporaryFolder()
        let owner = try await Peer.run(Self.program, ["key", "new", folder.path("owner.key")], in: folder)
        let key = SigningKey().verifying.text
        let arguments = ["roster", "make", "--owner-key", folder.path("owner.key"), "--out", folder.path("roster")]
        let made = try await Peer.run(Self.program, arguments + ["ann:supervisor:\(key):Ann A."], in: folder)
        #expect(made.code == 0, "\(made.text)")
        let public_ = String(owner.text.dropLast())
        let shown = try await Peer.run(
            Self.program, ["roster", "show", folder.path("roster"), "--owner", public_], in: folder)
        #expect(shown.text == "ann  supervisor  \(key)  Ann A.\n")
        let other = try await Peer.run(
            Self.program, ["roster", "show", folder.path("roster"), "--owner", key], in: folder)
        #expect(other.code == 2 && other.text.contains("it is signed by \(public_)"), "\(other.text)")
        let role = try await Peer.run(Self.program, arguments + ["ann:boss:\(key)"], in: folder)
        #expect(role.code == 2 && role.text.contains("no role 'boss'"))
        let twice = try await Peer.run(
            Self.program, arguments + ["a:operator:\(key)", "b:operator:\(key)"], in: folder)
        #expect(twice.code == 2 && twice.text.contains("there twice"))
    }

    /// A broker, a gateway, and the files of somebody who may drive.
    final class Site {
        let broker: TestBroker
        let gateway: TestGateway
        let key = SigningKey()
        let plan: TestGateway.Plan
        var folder: TemporaryFolder { broker.folder }

        init(_ change: (inout TestGateway.Plan) -> Void = { _ in }) async throws {
            broker = try await TestBroker()
            var plan = TestGateway.Plan()
            plan.roster = Roster(operators: [.init(id: "op", name: "", role: .stopOnly, key: key.verifying)])
            change(&plan)
            self.plan = plan
            gateway = try TestGateway(broker.settings(), plan, operatorKey: key.verifying)
            try folder.write(key.secret + "\n", to: "op.key")
            chmod(folder.path("op.key"), 0o600)
        }

        var machine: [String] {
            ["--port", "\(broker.port)", "--gateway", "gw", "--machine", "loader-1", "--key", folder.path("op.key")]
        }

        func run(_ command: String, _ arguments: [String] = [], machineKey: String? = nil) async throws
            -> (code: Int32, text: String)
        {
            let claim = ["--operator", "op", "--machine-key", machineKey ?? plan.machine.verifying.text]
            return try await Peer.run(
                OperatorCommandTests.program, [command] + machine + claim + arguments, in: folder)
        }
    }

    @Test("shows a nameplate that is the machine's own, and no other")
    func nameplate() async throws {
        let site = try await Site()
        let shown = try await site.run("nameplate")
        #expect(shown.code == 0 && shown.text.contains("Wheel loader") && shown.text.contains("travel, steer, lift"))
        let other = try await site.run("nameplate", machineKey: SigningKey().verifying.text)
        #expect(other.code == 3 && other.text.contains("not signed by the machine's key"))
    }

    static let script = """
        0s expect state = ARMED
        0s enable on
        +0s expect state = ACTIVE within 2s
        +500ms axis travel 0.4
        +0s expect axes travel = 0.4 within 1s
        +1s stop
        +0s expect state = SAFE_STOP within 1s
        +500ms enable off
        +0s acknowledge
        +0s expect state = ARMED within 1s
        +100ms quit
        """

    @Test("drives a script to its end, and tells the line of what did not come true")
    func script() async throws {
        let site = try await Site()
        let path = try site.folder.write(Self.script, to: "good.script")
        let good = try await site.run("drive", ["--yes", "--input", "script", path])
        #expect(good.code == 0, "\(good.text)")
        #expect(good.text.contains("5 expectations came true, 0 did not"))

        let second = try await Site()
        let bad = try second.folder.write(
            "0s enable on\n+0s expect axes lift > 0.5 within 300ms\n+500ms quit\n", to: "bad.script")
        let failed = try await second.run("drive", ["--yes", "--json", "--input", "script", bad])
        #expect(failed.code == 1, "\(failed.text)")
        #expect(failed.text.contains("bad.script:2: expected axes lift > 0.5 within 300ms at 0ms, saw 0.0"))
        #expect(failed.text.contains("{\"event\":\"state\",\"state\":\"ACTIVE\",\"reason\":\"enabled\""))
    }

    @Test("draws a page in a terminal: state, figures, and the axes wanted, written and read back")
    func page() async throws {
        let site = try await Site()
        let path = try site.folder.write(Self.script, to: "good.script")
        let words =
            [Self.program, "drive"] + site.machine + [
                "--operator", "op", "--machine-key", site.plan.machine.verifying.text,
            ]
            + ["--yes", "--input", "script", path]
        let drawn = try await Peer.run(
            "script", ["-qec", words.joined(separator: " "), "/dev/null"], in: site.folder)
        #expect(drawn.code == 0, "\(drawn.text)")
        for text in ["Wheel loader loader-1", "SAFE_STOP  stopped  stop 1", "travel          +0.400", "read back"] {
            #expect(drawn.text.contains(text), "\(text): \(drawn.text)")
        }
    }

    @Test("takes nothing with a script that is wrong, without a confirmation, or when it is refused")
    func refusals() async throws {
        let site = try await Site()
        let path = try site.folder.write("0s axis boom 1\n", to: "wrong.script")
        let wrong = try await site.run("drive", ["--yes", "--input", "script", path])
        #expect(wrong.code == 2 && wrong.text.contains("no axis boom"), "\(wrong.code) \(wrong.text)")
        // Form and file are told before the machine is asked: nothing of its nameplate is shown.
        let broken = try site.folder.write("0s anble on\n", to: "broken.script")
        for input in [
            ["script", broken], ["script", "/nowhere"], ["script \(broken)"], ["joystick", "/dev/input/none"],
        ] {
            let told = try await site.run("drive", ["--yes", "--input"] + input)
            #expect(told.code == 2 && !told.text.contains("Wheel loader"), "\(input): \(told.text)")
        }
        // Its input is /dev/null: nobody types yes.
        let declined = try await site.run("drive", ["--input", "script", path])
        #expect(declined.code == 6 && declined.text.contains("nobody confirmed"))
        #expect(site.gateway.record.withLock { !$0.isSignatureRight })
        let refusing = try await Site { $0.refusal = "held" }
        let good = try refusing.folder.write(Self.script, to: "good.script")
        let driven = try await refusing.run("drive", ["--yes", "--input", "script", good])
        #expect(driven.code == 4 && driven.text.contains("refuses: held: by the test"), "\(driven.text)")
        let refused = try await refusing.run("unlock", ["--yes"])
        #expect(refused.code == 4 && refused.text.contains("refuses: held: by the test"))
    }

    @Test("stops with a key of the roster and no session, and says when it did not help")
    func stop() async throws {
        let site = try await Site()
        let stopped = try await Peer.run(Self.program, ["stop"] + site.machine, in: site.folder)
        #expect(stopped.code == 0 && stopped.text.contains("SAFE_STOP"), "\(stopped.text)")
        let stops = site.gateway.record.withLock { $0.signedStops }
        #expect(stops.count == 2 && Set(stops.map(\.id)).count == 1)
    }

    @Test("says of a stop in IDLE that its key is not on the roster")
    func strangersStop() async throws {
        let site = try await Site { $0.roster = Roster(operators: []) }
        let stopped = try await Peer.run(Self.program, ["stop"] + site.machine, in: site.folder)
        #expect(stopped.code == 4 && stopped.text.contains("not on the roster"), "\(stopped.text)")
    }

    @Test("measures the loop while it drives a sine")
    func load() async throws {
        let site = try await Site { $0.paths = ["127.0.0.1"] }
        let loaded = try await site.run(
            "load", ["--yes", "--seconds", "3", "--rate", "100", "--listen", "127.0.0.1", "--video-age", "80"])
        #expect(loaded.code == 0, "\(loaded.text)")
        #expect(loaded.text.contains("\"round_trip\":{\"unit\":\"us\",\"n\":"))
        let travelled = site.gateway.record.withLock { $0.directCommands + [] }.map(\.frame.axes[0])
        #expect((travelled.max() ?? 0) > 250 && (travelled.min() ?? 0) < 0)
    }
}
