import Configuration
import FieldModel
import FuzzDriver
import ModemLink

/// What is read of a modem's bytes, and what must hold of it.
enum ModemBytes {
    static let commands = [
        "AT", "AT+CGSN", "AT+CPIN?", "AT+QCCID", "AT+CEREG?", "AT+C5GREG?", "AT+COPS?", "AT+CESQ",
        "AT+QENG=\"servingcell\"",
        "AT+CGACT?", "AT+CGPADDR=1", "AT+QGDCNT?", "AT+QTEMP", "AT+CCLK?", "AT+C5GNSSAIRDP=3", "AT+QNETRC?",
        "AT+CGACT=1,1",
    ]
    private static let cell = ModemProfile.CellReply(
        command: "AT+QENG=\"servingcell\"",
        forms: [
            ModemProfile.CellForm(word: "NR5G-SA", radio: .nrSA, fields: ModemProfile.CellField.allCases),
            ModemProfile.CellForm(word: "LTE", radio: .lte, fields: ModemProfile.CellField.allCases.reversed()),
            ModemProfile.CellForm(word: "NR5G-NSA", radio: .nrNSA, fields: ModemProfile.CellField.allCases),
        ], bandwidth: .index)

    static func readProfile(_ bytes: [UInt8]) {
        let result = ModemProfileLoader.load(bytes, file: "profile.yaml")
        Fuzzing.require((result.profile == nil) != result.problems.isEmpty, "neither a profile nor a problem, or both")
        for problem in result.problems {
            Fuzzing.require(!problem.message.isEmpty && !problem.remedy.isEmpty, "a problem without words")
        }
    }

    static func readDocument(_ bytes: [UInt8]) {
        guard let document = try? MMDocument(bytes) else { return }
        check(MMReply.signal(document, radio: MMReply.radio(document)).signal)
        _ = (MMReply.identity(modem: document, sim: document), MMReply.sim(document), MMReply.registration(document))
        _ = (MMReply.cell(modem: document, location: document), MMReply.session(document), MMReply.time(document))
    }

    static func readReply(_ bytes: [UInt8], to command: String, piece: Int) {
        var splitter = LineSplitter()
        var whole = LineSplitter()
        var assembler = ReplyAssembler(ATRequest(command, timeout: .seconds(1)), bareNotices: ["RDY"])
        var lines: [ATLine] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            lines += splitter.consume(bytes[start..<min(start + piece, bytes.count)])
        }
        Fuzzing.require(splitter.kept <= LineSplitter.longest, "more kept than the longest line")
        Fuzzing.require(lines == whole.consume(bytes), "the lines depend on how the bytes are cut")
        var unsolicited: [String] = []
        var answer: [String] = []
        for line in lines {
            switch assembler.consume(line) {
            case .unsolicited(let text): unsolicited.append(text)
            case .done(let reply):
                Fuzzing.require(reply.lines.count <= 256, "more lines than any reply has")
                answer = reply.lines
                assembler = ReplyAssembler(ATRequest(command, timeout: .seconds(1)))
            case .prompt, .none: break
            }
        }
        for line in unsolicited { _ = NoticeReply.read(line, profile: ModemProfile.Notices()) }
        // Also what another command would have brought.
        read(answer, command)
        read(unsolicited, command)
    }

    private static func read(_ lines: [String], _ command: String) {
        let imei = IdentityReply.imei(lines)
        Fuzzing.require(imei.isEmpty || imei.utf8.count == 15, "an IMEI of another length")
        let iccid = IdentityReply.iccid(lines)
        Fuzzing.require(iccid.isEmpty || (17...20).contains(iccid.utf8.count), "an ICCID of another length: \(iccid)")
        _ = (IdentityReply.imsi(lines), IdentityReply.sim(lines), IdentityReply.slot(lines, of: command))
        for line in lines {
            _ = RegistrationReply(line, isAnswer: RegistrationReply.isAnswer(line))
            _ = RejectReply.cause(of: line, radio: .nrSA)
            _ = IdentityReply.sim(refusal: line)
        }
        let network = RegistrationReply.network(lines).code
        Fuzzing.require(network.isEmpty || (5...6).contains(network.utf8.count), "a network code of another length")
        check(SignalReply.read(lines))
        let reply = CellReply(lines, profile: cell)
        check(reply.signal)
        if let cell = reply.cell?.cell { Fuzzing.require(cell < 1 << 36, "a cell identity of more than 36 bits") }
        _ = (
            SessionReply.isActive(lines, context: 1), SessionReply.addresses(lines, context: 1),
            SessionReply.clock(lines)
        )
        _ = (SessionReply.counters(lines, of: command), SessionReply.temperature(lines, of: command))
        _ = (SliceReply.report(lines), RejectReply.vendor(lines, command: command))
    }

    private static func check(_ signal: SignalReading) {
        for value in [signal.rsrp, signal.rsrq, signal.sinr, signal.rssi] {
            Fuzzing.require(value.map { (-200...100).contains($0) } ?? true, "a signal that no radio has")
        }
    }
}
