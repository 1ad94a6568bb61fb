import FieldModel
import ModemLink
import Testing

/// Documents as mmcli 1.20 printed them, shortened.
@Suite("What mmcli prints")
struct MMReplyTests {
    private static let modem = """
        {"modem":{"3gpp":{"imei":"001017000000011","operator-code":"00101","operator-name":"Test","registration-state":"home"},
        "generic":{"access-technologies":["lte, 5gnr"],"bearers":["/org/freedesktop/ModemManager1/Bearer/0"],
        "device":"/virtual/sim2","equipment-identifier":"001017000000011","manufacturer":"Quectel","model":"RM500Q-SIM",
        "ports":["abstract:q0 (at)","abstract:q1 (at)"],"power-state":"on","primary-sim-slot":"--",
        "revision":"RM500QSIMR11A06M4G","sim":"/org/freedesktop/ModemManager1/SIM/0","sim-slots":[],"state":"registered",
        "state-failed-reason":"--","unlock-required":"--","unlock-retries":[]}}}
        """
    private static let sim = """
        {"sim":{"dbus-path":"/org/freedesktop/ModemManager1/SIM/0","properties":{"active":"yes","eid":"--",
        "emergency-numbers":[],"iccid":"89999010000000000018","imsi":"001010000000001","operator-code":"00101"}}}
        """
    private static let signal = """
        {"modem":{"signal":{"5g":{"error-rate":"--","rsrp":"--","rsrq":"--","snr":"--"},
        "lte":{"error-rate":"--","rsrp":"-85.00","rsrq":"-11.50","rssi":"--","snr":"--"},"refresh":{"rate":"5"}}}}
        """
    private static let bearer = """
        {"bearer":{"ipv4-config":{"address":"10.101.0.2","dns":["10.101.0.53"],"method":"static","prefix":"24"},
        "ipv6-config":{"address":"--","dns":[]},"properties":{"apn":"plant"},
        "stats":{"bytes-rx":"2000","bytes-tx":"1000","duration":"30"},"status":{"connected":"yes","interface":"ppp0"}}}
        """

    private func document(_ text: String) throws -> MMDocument { try MMDocument(Array(text.utf8)) }

    @Test func `the modem and its card`() throws {
        let modem = try document(Self.modem)
        let identity = MMReply.identity(modem: modem, sim: try document(Self.sim))
        #expect(identity.manufacturer == "Quectel")
        #expect(identity.imei == "001017000000011")
        #expect(identity.iccid == "89999010000000000018")
        #expect(identity.imsi == "001010000000001")
        #expect(MMReply.sim(modem) == .ready)
        #expect(MMReply.registration(modem) == .home)
        #expect(MMReply.radio(modem) == .nrNSA)
    }

    @Test(arguments: [
        (#""state":"locked","unlock-required":"sim-pin""#, SIMState.pinRequired),
        (#""state":"locked","unlock-required":"sim-puk""#, .pukRequired),
        (#""state":"failed","state-failed-reason":"sim-missing""#, .absent), (#""state":"initializing""#, .busy),
        (#""state":"disabled","sim":"/org/freedesktop/ModemManager1/SIM/0""#, .ready),
    ])
    func `the card's state`(_ members: String, _ state: SIMState) throws {
        #expect(MMReply.sim(try document("{\"modem\":{\"generic\":{\(members)}}}")) == state)
    }

    @Test func `the signal, of the leg that is heard`() throws {
        let (signal, anchor) = MMReply.signal(try document(Self.signal), radio: .nrNSA)
        #expect(signal.rsrp == -85)
        #expect(signal.rsrq == -11.5)
        #expect(signal.sinr == nil)
        #expect(anchor?.rsrp == -85)
    }

    @Test func `the session and what it carried`() throws {
        let (session, counters) = MMReply.session(try document(Self.bearer))
        #expect(session.isActive)
        #expect(session.addresses == ["10.101.0.2"])
        #expect(counters == ModemCounters(up: 1000, down: 2000))
    }

    @Test(arguments: [
        ("2026-11-20T16:00:00+08", "2026-11-20T08:00:00.000Z"),
        ("2026-11-20T16:00:00+08:00", "2026-11-20T08:00:00.000Z"),
        ("2026-11-20T08:00:00", "2026-11-20T08:00:00.000Z"), ("yesterday", nil),
    ])
    func `the network's time`(_ text: String, _ stamp: String?) throws {
        #expect(MMReply.time(try document(#"{"modem":{"time":{"current":"\#(text)"}}}"#))?.iso8601 == stamp)
    }

    @Test func `a refusal names its cause`() {
        let words = "couldn't connect the modem: 'GDBus.Error:org.freedesktop.ModemManager1.Error.MobileEquipment."
        let refusal = words + "GprsServiceOptionNotSubscribed: Requested service option not subscribed'"
        #expect(MMReply.cause(of: refusal, radio: .lte) == RejectCause(layer: .session4G, code: 33))
        #expect(MMReply.cause(of: words + "NetworkTimeout: Network timeout'", radio: .lte) == nil)
        #expect(MMReply.cause(of: "", radio: nil) == nil)
    }

    @Test(arguments: ["", "{", "[]", "null", "error: couldn't find modem", #"{"modem":5}"#])
    func `anything else tells nothing, or is said to be no JSON`(_ text: String) {
        guard let document = try? MMDocument(Array(text.utf8)) else { return }
        #expect(MMReply.identity(modem: document, sim: nil) == ModemIdentity())
        #expect(MMReply.registration(document) == .unknown)
        #expect(!MMReply.session(document).session.isActive)
    }
}
