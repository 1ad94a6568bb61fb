import FieldModel

/// Reads one entry of `buses`.
struct BusReader {
    private let section: Section
    private let resolve: (String) -> String

    init(_ section: Section, resolve: @escaping (String) -> String) {
        self.section = section
        self.resolve = resolve
    }

    func read() -> BusSettings? {
        defer { section.finish() }
        let id = section.require("id", section.identifier("id"), remedy: "name the bus, e.g. `id: lan`")
        let timeout = section.duration("timeout", in: .milliseconds(10)...(.seconds(10))) ?? .milliseconds(500)
        let tcp = section.section("tcp").map(readTCP)
        let rtu = section.section("rtu").map(readRTU)
        guard (tcp == nil) != (rtu == nil) else {
            section.reject(
                nil, tcp == nil ? "neither 'tcp' nor 'rtu'" : "both 'tcp' and 'rtu'",
                remedy:
                    "say once where the bus is: `tcp: {host: …, port: 502}` or `rtu: {device: /dev/ttyS0, baud: 19200}`"
            )
            return nil
        }
        guard let id, let address = (tcp ?? nil) ?? (rtu ?? nil) else { return nil }
        return BusSettings(id: id, address: address, timeout: timeout)
    }

    private func readTCP(_ tcp: Section) -> BusAddress? {
        defer { tcp.finish() }
        let host = tcp.require("host", tcp.text("host"), remedy: "give the device's address or name")
        let port = tcp.integer("port", in: 1...65_535) ?? 502
        return host.map { .tcp(host: $0, port: UInt16(port)) }
    }

    /// What libmodbus knows; it runs any other at 9600, without a word.
    private static let baudRates = [
        300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600,
        1_000_000,
    ]

    private func readRTU(_ rtu: Section) -> BusAddress? {
        defer { rtu.finish() }
        let device = rtu.require("device", rtu.text("device"), remedy: "name the serial device, e.g. /dev/ttyS0")
        let baud = rtu.choice("baud", Self.baudRates.map { (String($0), $0) }) ?? 19_200
        let parity = rtu.choice("parity", SerialSettings.Parity.allCases.map { ($0.rawValue, $0) }) ?? .even
        let dataBits = rtu.integer("data_bits", in: 7...8) ?? 8
        // The specification asks for two stop bits where there is no parity bit.
        let stopBits = rtu.integer("stop_bits", in: 1...2) ?? (parity == .none ? 2 : 1)
        let rs485 = rtu.flag("rs485") ?? false
        return device.map {
            .rtu(
                SerialSettings(
                    device: resolve($0), baud: baud, parity: parity, dataBits: dataBits, stopBits: stopBits,
                    rs485: rs485))
        }
    }
}
