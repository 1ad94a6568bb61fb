import FieldModel

/// A bus in memory: registers for each unit, faults on demand, and a record of all that was asked.
///
/// An address nobody set is refused with exception 2, a unit nobody set does not answer. With a `ManualTime`, answers
/// and silences take the time they would.
public final class ScriptedBus: Bus {
    public enum Call: Hashable, Sendable {
        case connect
        case read(ReadRequest)
        case write(WriteRequest)
        case disconnect
    }

    /// Everything that was asked, oldest first; `connect` only where there was no connection.
    public private(set) var calls: [Call] = []
    public private(set) var isConnected = false
    /// While there is one, nobody can connect.
    public var connectFault: BusFault?
    /// Units that keep silent.
    public var silent: Set<UInt8> = []
    /// Asked before each transaction: a fault to answer with, or nil to go on.
    public var script: ((Call) -> BusFault?)?
    /// Units that confirm writes and do not carry them out.
    public var deaf: Set<UInt8> = []

    private struct Place: Hashable {
        var unit: UInt8
        var table: RegisterTable
        var address: UInt16
    }

    private var registers: [Place: UInt16] = [:]
    private var units: Set<UInt8> = []
    private let time: ManualTime?
    private let answerTime: Duration
    private let timeout: Duration

    public init(
        time: ManualTime? = nil, answerTime: Duration = .milliseconds(1), timeout: Duration = .milliseconds(500)
    ) {
        self.time = time
        self.answerTime = answerTime
        self.timeout = timeout
    }

    // MARK: The device's side

    public func set(_ values: [UInt16], unit: UInt8 = 1, table: RegisterTable = .holding, at address: UInt16) {
        units.insert(unit)
        for (offset, value) in values.enumerated() {
            registers[Place(unit: unit, table: table, address: address + UInt16(offset))] = value
        }
    }

    public func values(
        unit: UInt8 = 1, table: RegisterTable = .holding, at address: UInt16, count: Int = 1
    ) -> [UInt16?] {
        (0..<count).map { registers[Place(unit: unit, table: table, address: address + UInt16($0))] }
    }

    public var reads: [ReadRequest] {
        calls.compactMap { if case .read(let request) = $0 { request } else { nil } }
    }

    public var writes: [WriteRequest] {
        calls.compactMap { if case .write(let request) = $0 { request } else { nil } }
    }

    public func forgetCalls() { calls = [] }

    /// The line is cut; the next transaction finds out.
    public func cut() { isConnected = false }

    // MARK: Bus

    public func connect() throws(BusFault) {
        guard !isConnected else { return }
        calls.append(.connect)
        if let connectFault { throw connectFault }
        isConnected = true
    }

    public func read(_ request: ReadRequest, into values: inout [UInt16]) throws(BusFault) {
        try begin(.read(request), unit: request.unit)
        for offset in 0..<Int(request.count) {
            let place = Place(unit: request.unit, table: request.table, address: request.address + UInt16(offset))
            guard let value = registers[place] else { throw .exception(2) }
            values[offset] = value
        }
    }

    public func write(_ request: WriteRequest) throws(BusFault) {
        try begin(.write(request), unit: request.unit)
        guard request.table.isWritable else { throw .exception(1) }
        let places = request.values.indices.map {
            Place(unit: request.unit, table: request.table, address: request.address + UInt16($0))
        }
        guard places.allSatisfy({ registers[$0] != nil }) else { throw .exception(2) }
        guard !deaf.contains(request.unit) else { return }
        for (place, value) in zip(places, request.values) { registers[place] = value }
    }

    public func disconnect() {
        calls.append(.disconnect)
        isConnected = false
    }

    private func begin(_ call: Call, unit: UInt8) throws(BusFault) {
        calls.append(call)
        guard isConnected else { throw .disconnected("the line is cut") }
        let fault = script?(call) ?? (silent.contains(unit) || !units.contains(unit) ? .timeout : nil)
        time?.advance(by: fault == .timeout ? timeout : answerTime)
        guard let fault else { return }
        switch fault {
        case .disconnected, .protocolViolation: isConnected = false
        case .timeout, .exception: break
        }
        throw fault
    }
}
