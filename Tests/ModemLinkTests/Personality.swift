import Configuration
import FieldModel
import Foundation
import ModemLink
import PeerTesting
import Platform
import Synchronization

/// Commands and what they bring, beside those of every modem here. Answers may be changed while it runs.
final class Personality: Sendable {
    private let answers: Mutex<[String: [ScriptedModem.Step]]>

    init(_ answers: [String: [ScriptedModem.Step]] = [:]) {
        self.answers = Mutex(Self.quectel.merging(answers) { $1 })
    }

    subscript(command: String) -> [ScriptedModem.Step]? {
        get { answers.withLock { $0[command] } }
        set { answers.withLock { $0[command] = newValue } }
    }

    var script: ScriptedModem.Script {
        { command in self[command] ?? [.error] }
    }

    /// Numbers of test equipment and test networks only.
    static let imei = "004999010640000"

    static let quectel: [String: [ScriptedModem.Step]] = [
        "AT": [.ok], "ATE0": [.ok], "AT+CMEE=1": [.ok], "AT+CMEE?": [.reply("+CMEE: 1")],
        "AT+CGMI": [.reply("Quectel")], "AT+CGMM": [.reply("RM500Q-GL")], "AT+CGMR": [.reply("RM500QGLABR11A06M4G")],
        "AT+CGSN": [.reply(imei)], "AT+CIMI": [.reply("001010123456789")],
        "AT+QCCID": [.reply("+QCCID: 89860000000000000001")],
        "AT+CPIN?": [.reply("+CPIN: READY")],
        "AT+COPS=3,2": [.ok], "AT+CEREG=2": [.ok], "AT+C5GREG=2": [.ok],
        "AT+C5GREG?": [.reply("+C5GREG: 2,1,\"0000A1\",\"000123451\",11,8,\"01.000001\"")],
        "AT+CEREG?": [.reply("+CEREG: 2,2")],
        "AT+COPS?": [.reply("+COPS: 0,2,\"00101\",11")],
        "AT+QENG=\"servingcell\"": [
            .reply(
                "+QENG: \"servingcell\",\"NOCONN\",\"NR5G-SA\",\"TDD\",001,01,123451,321,A1,633984,78,12,-84,-11,21,1,-"
            )
        ],
        "AT+CGACT?": [.reply("+CGACT: 1,1", "+CGACT: 2,0")],
        "AT+CGPADDR=1": [.reply("+CGPADDR: 1,\"10.64.3.2\"")],
        "AT+QGDCNT?": [.reply("+QGDCNT: 1000,2000")], "AT+QGDNRCNT?": [.reply("+QGDNRCNT: 10,20")],
        "AT+QTEMP": [
            .reply("+QTEMP: \"soc-thermal\",\"41\"", "+QTEMP: \"pa-thermal\",\"47\"", "+QTEMP: \"x\",\"-273\"")
        ],
        "AT+CCLK?": [.reply("+CCLK: \"26/11/20,16:00:00+32\"")],
        "AT+QNETRC?": [.reply("+QNETRC: \"5gmm_cause\",0")],
        "AT+QUIMSLOT?": [.reply("+QUIMSLOT: 1")],
        "AT+C5GNSSAIRDP=3": [
            .reply("+C5GNSSAIRDP: 2,\"01\",11,\"02.000002#1\"", "+C5GNSSAIRDP: \"00101\",2,\"01\",9,\"01.000001\"")
        ],
        "AT+CGDCONT=1,\"IPV4V6\",\"plant\"": [.ok],
        "AT+CGDCONT=1,\"IPV4V6\",\"plant\",,,,,,,,,,,,,,,\"01.000001\"": [.ok],
        "AT+CGACT=1,1": [.ok], "AT+CGACT=0,1": [.ok], "AT+COPS=2": [.ok], "AT+COPS=0": [.ok],
        "AT+CFUN=0": [.ok], "AT+CFUN=1": [.ok], "AT+QUIMSLOT=2": [.ok],
    ]

    /// The shipped profile, with times short enough for tests of silence.
    static func profile(_ name: String = "quectel-5g", command: Duration = .seconds(20)) throws -> ModemProfile {
        var profile = try shipped(name)
        profile.timeouts.command = command
        profile.timeouts.session = command
        profile.timeouts.network = command
        profile.timeouts.restart = .seconds(30)
        return profile
    }

    static func shipped(_ name: String) throws -> ModemProfile {
        let file = "\(Place.package)/Firmware-Config/modem-profiles/\(name).yaml"
        let result = ModemProfileLoader.load(Array(try Data(contentsOf: URL(filePath: file))), file: name)
        guard let profile = result.profile else { throw Faulty(problems: result.problems.map(\.text)) }
        return profile
    }

    struct Faulty: Error {
        var problems: [String]
    }
}

/// A scripted modem, and the driver that talks to it.
struct Pair {
    let folder: TemporaryFolder
    let peer: ScriptedModem
    let personality: Personality
    let modem: ATModem

    init(
        _ answers: [String: [ScriptedModem.Step]] = [:], profile: ModemProfile? = nil, imei: String? = nil,
        ports: (TemporaryFolder) -> [String] = { [$0.path("port*")] }
    ) throws {
        folder = try TemporaryFolder()
        personality = Personality(answers)
        peer = try ScriptedModem(at: folder.path("port0"), personality.script)
        let settings = ATModem.Settings(
            ports: ports(folder), imei: imei, profiles: [try profile ?? Personality.profile()])
        modem = ATModem(settings, time: SystemTime(source: .system))
    }
}
