import Foundation
import SimulatedModem
import SimulatorKit
import Testing

@Suite("A fault")
struct FaultTests {
    @Test("hang takes everything and says nothing, until it ends")
    func hang() throws {
        try Station.run { station in
            let host = try station.quietHost()
            #expect(station.control("fault hang") == #"{"ok":true}"#)
            host.forget()
            host.send("AT\r")
            #expect(host.listen(0.05) == "")
            _ = station.control("fault hang for 20ms")
            #expect(host.wait { station.control("status").contains(#""fault":"none""#) })
            #expect(host.ask("AT") == "\r\nOK\r\n")
        }
    }

    @Test("garbage, truncate and echo-storm spoil the answer")
    func spoiling() throws {
        try Station.run { station in
            let host = try station.quietHost()
            _ = station.control("fault truncate")
            #expect(host.ask("AT+CFUN?", until: ["\r\n+CFUN:"]) == "\r\n+CFUN:" || host.received.count < 20)
            _ = station.control("fault echo-storm")
            #expect(host.ask("AT").components(separatedBy: "AT\r").count == 21)
            _ = station.control("fault garbage")
            host.forget()
            let before = host.count
            host.send("AT\r")
            #expect(host.wait { host.count >= before + 16 })
            #expect(!host.received.contains("OK"))
            _ = station.control("fault none")
            #expect(host.ask("AT").contains("OK"))
        }
    }

    @Test("slow delays the answer")
    func slow() throws {
        try Station.run { station in
            let host = try station.quietHost()
            _ = station.control("fault slow 80ms")
            let start = Reactor.now
            #expect(host.ask("AT") == "\r\nOK\r\n")
            #expect(Reactor.now - start >= 80_000_000)
        }
    }

    @Test("flood sends ten million bytes without a line's end, on both kinds of port")
    func flood() throws {
        try Station.run { station in
            let host = try station.quietHost()
            let other = try station.socket()
            _ = other.ask("ATE0")
            _ = station.control("fault flood")
            for host in [host, other] {
                let before = host.count
                host.forget()
                host.send("AT\r")
                #expect(host.wait { host.count == before + ModemFault.floodLength }, "\(host.count - before)")
                #expect(!host.received.contains("\n"))
            }
            _ = station.control("fault none")
            #expect(host.ask("AT") == "\r\nOK\r\n")
        }
    }

    @Test("reboot-loop starts the firmware again and again")
    func rebootLoop() throws {
        try Station.run { station in
            let host = try station.terminal()
            _ = station.control("fault reboot-loop 50ms")
            #expect(host.wait { host.isHungUp })
            #expect(host.wait { station.station.modem.tally.boots >= 3 })
            _ = station.control("fault none")
            #expect(host.wait { station.station.modem.power == .on })
        }
    }

    @Test("data-dead is cured on a port by its rung, and the status shows it")
    func deadData() throws {
        try Station.run { station in
            let host = try station.quietHost()
            _ = host.ask("AT+CGDCONT=1,\"IP\",\"internet\"")
            _ = host.ask("AT+CGACT=1,1")
            _ = station.control("fault data-dead cured-by radio")
            #expect(station.control("status").contains(#""fault":"data-dead cured-by radio""#))
            _ = host.ask("AT+CGACT=0,1")
            _ = host.ask("AT+CGACT=1,1")
            #expect(station.control("status").contains(#""fault":"data-dead cured-by radio""#))
            _ = host.ask("AT+CFUN=0")
            _ = host.ask("AT+CFUN=1")
            #expect(station.control("status").contains(#""fault":"none""#))
        }
    }

    @Test("in words that are not one is refused, and the message says what is")
    func words() throws {
        try Station.run { station in
            for line in ["fault", "fault sulk", "fault slow", "fault data-dead cured-by prayer", "fault hang for"] {
                #expect(station.control(line).hasPrefix(#"{"ok":false,"error":"#), "\(line)")
            }
            #expect(station.control("dance").contains("accepted: status | log"))
        }
    }
}

@Suite("The control socket")
struct ModemControlTests {
    @Test("changes the world, and refuses what it cannot")
    func world() throws {
        try Station.run { station in
            let host = try station.quietHost()
            let good = [
                "signal -101 -15 2", "cell 99 12 4660", "slice reject 01.D143A5 2", "slice allow 02", "deny esm 33",
                "sms-in +99001 all clear", "slot 2", "sim pin 4321", "sim puk", "sim absent",
                "sim swap 89999010000000000042 001010000000009", "no-cell on", "no-cell off", "cell drive",
                "signal drive", "deny none", "log",
            ]
            for line in good { #expect(station.control(line).hasPrefix(#"{"ok":true"#), "\(line)") }
            let bad = [
                "signal loud", "cell", "cell 1 rat 3g", "slice", "deny 5gmm", "deny 5gmm 0", "slot 3", "sim", "sim pin",
                "sim swap 1 2", "no-cell", "vanish", "vanish soon", "sms-in 1", "",
            ]
            for line in bad { #expect(station.control(line).hasPrefix(#"{"ok":false"#), "\(line)") }
            #expect(host.ask("AT+QCCID").contains("89999010000000000042"))
        }
    }

    @Test("shows the signal and the cell that were set")
    func cell() throws {
        try Station.run { station in
            let host = try station.quietHost()
            _ = station.control("signal -101 -15 2")
            _ = station.control("cell 99 12 4660")
            let answer = host.ask("AT+QENG=\"servingcell\"")
            #expect(answer.contains(",5000063,12,1234,627264,78,12,-10"))
        }
    }
}
