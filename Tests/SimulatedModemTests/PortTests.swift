import Foundation
import PeerTesting
import SimulatedModem
import Testing

@Suite("An AT port")
struct PortTests {
    @Test("echoes until it is told not to, on a pseudo-terminal and on an abstract socket")
    func echo() throws {
        try Station.run { station in
            for host in [try station.terminal(), try station.socket()] {
                #expect(host.ask("AT") == "AT\r\r\nOK\r\n")
                #expect(host.ask("ATE0") == "ATE0\r\r\nOK\r\n")
                #expect(host.ask("AT") == "\r\nOK\r\n")
            }
        }
    }

    @Test("has its own echo and its own queue, but the modem's one state")
    func twoPorts() throws {
        try Station.run(terminals: ["at0", "at1"], timeScale: 5) { station in
            let (first, second) = (try station.terminal("at0"), try station.terminal("at1"))
            _ = first.ask("ATE0")
            #expect(second.ask("AT").hasPrefix("AT\r"))
            // The search takes eight seconds of the modem's; the other port is served meanwhile.
            first.forget()
            first.send("AT+COPS=?\r")
            #expect(second.ask("AT+CMEE=1").contains("OK"))
            #expect(!first.received.contains("+COPS:"))
            #expect(first.wait { first.received.hasSuffix("OK\r\n") })
            #expect(first.ask("AT+NOSUCH") == "\r\n+CME ERROR: 100\r\n")
        }
    }

    @Test("answers lines that come together one after the other")
    func queue() throws {
        try Station.run { station in
            let host = try station.quietHost()
            host.forget()
            host.send("AT+CFUN?\rAT+CMGF?\rAT+CSCS?\r")
            host.wait { host.received.components(separatedBy: "OK").count == 4 }
            let lines = host.received.components(separatedBy: "\r\n").filter { !$0.isEmpty }
            #expect(lines == ["+CFUN: 1", "OK", "+CMGF: 0", "OK", "+CSCS: \"GSM\"", "OK"])
        }
    }

    @Test("brings unsolicited lines between a command and its reply")
    func between() throws {
        try Station.run(timeScale: 5) { station in
            let host = try station.quietHost()
            host.forget()
            host.send("AT+COPS=?\r")
            host.wait { station.station.modem.history.last?.line == "AT+COPS=?" }
            #expect(station.control("urc RING") == #"{"ok":true}"#)
            host.wait { host.received.hasSuffix("OK\r\n") }
            #expect(host.received.hasPrefix("\r\nRING\r\n\r\n+COPS: ("))
        }
    }

    @Test("takes a message after its prompt")
    func message() throws {
        try Station.run { station in
            let host = try station.quietHost()
            #expect(host.ask("AT+CMGS=12") == "\r\n> ")
            host.forget()
            host.send("00010005810180F6000002E834\u{1A}")
            host.wait { host.received.hasSuffix("OK\r\n") }
            #expect(host.received == "\r\n+CMGS: 1\r\n\r\nOK\r\n")
            #expect(station.control("status").contains("\"text\":\"00010005810180F6000002E834\""))
        }
    }

    @Test("is silent in data mode, and hears NO CARRIER when the session goes")
    func dataMode() throws {
        try Station.run { station in
            let host = try station.quietHost()
            #expect(host.ask("ATD*99***1#").hasSuffix("CONNECT\r\n"))
            host.forget()
            host.send("AT\r")
            #expect(host.listen(0.05) == "")
            _ = station.control("drop")
            #expect(host.wait { host.received == "\r\nNO CARRIER\r\n" })
            #expect(host.ask("AT") == "\r\nOK\r\n")
            #expect(host.ask("ATD*99***1#").hasSuffix("CONNECT\r\n"))
            host.forget()
            host.send("+++")
            #expect(host.wait { host.received == "\r\nOK\r\n" })
        }
    }

    @Test("vanishes for a while and comes back under another name")
    func vanishing() throws {
        try Station.run { station in
            let host = try station.terminal()
            let other = try station.socket()
            _ = host.ask("AT")
            let renamed = station.folder.path("at9")
            #expect(station.control("vanish 800ms rename \(renamed)") == #"{"ok":true}"#)
            #expect(host.wait { host.isHungUp })
            #expect(other.wait { other.isHungUp })
            #expect(throws: (any Error).self) { try station.terminal() }
            #expect(throws: (any Error).self) { try station.socket() }
            #expect(host.wait { FileManager.default.fileExists(atPath: renamed) })
            #expect(try station.terminal("at9").ask("AT") == "AT\r\r\nOK\r\n")
            #expect(try station.socket().ask("AT") == "AT\r\r\nOK\r\n")
        }
    }

    @Test("goes with a reset and greets when it is back")
    func reset() throws {
        try Station.run { station in
            let host = try station.quietHost()
            #expect(host.ask("AT+CFUN=1,1") == "\r\nOK\r\n")
            #expect(host.wait { host.isHungUp })
            #expect(host.wait { FileManager.default.fileExists(atPath: station.link) })
            let again = try station.terminal()
            #expect(again.wait { again.received.contains("+CPIN: READY") })
            #expect(again.received.hasPrefix("\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n"))
        }
    }

    @Test("is gone while the modem is unplugged")
    func unplugging() throws {
        try Station.run { station in
            let host = try station.terminal()
            _ = host.ask("AT")
            _ = station.control("unplug")
            #expect(host.wait { host.isHungUp })
            #expect(station.control("status").contains(#""power":"off""#))
            _ = station.control("plug")
            #expect(host.wait { FileManager.default.fileExists(atPath: station.link) })
            #expect(try station.terminal().ask("AT").contains("OK"))
        }
    }
}
