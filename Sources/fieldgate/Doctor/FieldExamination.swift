import FieldModel
import ModbusLink

/// The buses, and on each every device by one read. Where the gateway runs it is asked: a bus has one owner.
struct FieldExamination {
    let site: SiteSettings
    let running: StatusDocument?

    func run() -> [Diagnosis] {
        if let running { return running.devices.map(told) }
        return site.buses.flatMap(examine)
    }

    private func told(_ device: StatusDocument.Device) -> Diagnosis {
        let part = "device \(device.id)"
        guard device.state == "good" else {
            return .bad(
                part, "\(device.state)\(device.problem.map { ": \($0)" } ?? ""), says the running gateway",
                "look at the device's power, its address and the wiring of bus \(device.bus)")
        }
        return .good(part, "answers on bus \(device.bus), says the running gateway")
    }

    private func examine(_ bus: BusSettings) -> [Diagnosis] {
        let devices = site.devices.filter { $0.bus == bus.id }
        do throws(BusFault) {
            let modbus = try ModbusBus(bus.address, timeout: bus.timeout)
            try modbus.connect()
            defer { modbus.disconnect() }
            return [.good("bus \(bus.id)", "open at \(bus.address.place)")] + devices.map { ask($0, modbus) }
        } catch {
            return [.bad("bus \(bus.id)", "\(bus.address.place): \(error.summary)", bus.address.remedy)]
                + devices.map { .skipped("device \($0.id)", "the bus is not open") }
        }
    }

    private func ask(_ device: DeviceSettings, _ bus: ModbusBus) -> Diagnosis {
        let part = "device \(device.id)"
        guard let point = device.map.points.first(where: { $0.group != nil }) else {
            return .skipped(part, "it has nothing to read")
        }
        let request = ReadRequest(unit: device.unit, table: point.table, address: UInt16(point.address), count: 1)
        var values: [UInt16] = [0]
        do throws(BusFault) {
            try bus.connect()
            try bus.read(request, into: &values)
            return .good(part, "unit \(device.unit) answers")
        } catch {
            switch error {
            case .timeout:
                return .bad(
                    part, "unit \(device.unit) does not answer", "look at its power, its unit number and the wiring")
            case .exception:
                return .bad(
                    part, "unit \(device.unit) refuses \(point.table.rawValue) \(point.address): \(error.summary)",
                    "compare the profile with the device's register list")
            case .disconnected, .protocolViolation:
                return .bad(
                    part, error.summary, "something else answers there: look at the address and the unit number")
            }
        }
    }
}

extension BusAddress {
    fileprivate var place: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .rtu(let serial): serial.device
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .tcp: "look at the device's power, the cable and the address; try mbpoll from here"
        case .rtu: "look whether the adapter is plugged in and this user is in the group dialout"
        }
    }
}
