import SimulatedMachines
import SimulatorKit

/// A loader that waits for a remote driver, spoken to as over the wire, in time that the test moves.
final class RemoteBench {
    let line: Bench<WheelLoader>

    /// Without `remote`, its own operator has it.
    init(remote: Bool = true) {
        var loader = WheelLoader(seed: 1)
        if remote { loader.standByForRemoteControl() }
        line = Bench(loader)
        pass(milliseconds: 10)
    }

    var machine: WheelLoader { line.simulation.machine }
    var remote: RemoteControl { machine.remote }

    /// Milliseconds pass without a request.
    func pass(milliseconds: Int64) { line.pass(nanoseconds: milliseconds * 1_000_000) }

    @discardableResult
    func write(_ address: Int, _ words: [UInt16]) -> [UInt8] {
        let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let head = [0x10, UInt8(address >> 8), UInt8(address & 0xFF), 0, UInt8(words.count), UInt8(bytes.count)]
        return line.ask(head + bytes).pdu
    }

    @discardableResult
    func read(_ address: Int, count: Int = 1, function: UInt8 = 4) -> [UInt16] {
        let pdu = line.ask([function, UInt8(address >> 8), UInt8(address & 0xFF), 0, UInt8(count)]).pdu
        guard pdu.first == function else { return [] }
        return (0..<count).map { UInt16(pdu[2 + 2 * $0]) << 8 | UInt16(pdu[3 + 2 * $0]) }
    }

    func tell(_ command: String) -> String { line.control.obey(command).text }
}

extension RemoteBench {
    static func permit(_ epoch: UInt64, _ stop: UInt32) -> [UInt16] {
        [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: epoch >> $0) }
            + [UInt16(stop >> 16), UInt16(truncatingIfNeeded: stop)]
    }

    func arm(_ epoch: UInt64 = 5, _ stop: UInt32 = 0) { write(120, Self.permit(epoch, stop) + [1]) }

    func safe(_ epoch: UInt64 = 5, _ stop: UInt32 = 0) { write(130, Self.permit(epoch, stop) + [1]) }

    /// Percent of travel, steering, boom and bucket; km/h.
    @discardableResult
    func drive(
        _ counter: UInt16, under epoch: UInt64 = 5, _ stop: UInt32 = 0, enable: UInt16 = 1, travel: Int16 = 0,
        steer: Int16 = 0, boom: Int16 = 0, bucket: Int16 = 0, cap: UInt16 = 20
    ) -> [UInt8] {
        let axes = [travel, steer, boom, bucket].map { UInt16(bitPattern: $0 * 10) }
        return write(100, Self.permit(epoch, stop) + [counter, enable] + axes + [cap * 100])
    }

    /// Armed, and the brake free for the first drive.
    func makeReady(_ epoch: UInt64 = 5, _ stop: UInt32 = 0) {
        write(142, [0])
        arm(epoch, stop)
    }

    /// Drives every 20 ms for so long.
    func keepDriving(
        seconds: Double, from counter: UInt16 = 1, enable: UInt16 = 1, travel: Int16 = 0, steer: Int16 = 0,
        boom: Int16 = 0, bucket: Int16 = 0
    ) {
        for turn in 0..<Int(seconds * 50) {
            drive(
                counter &+ UInt16(turn), enable: enable, travel: travel, steer: steer, boom: boom, bucket: bucket)
            pass(milliseconds: 20)
        }
        read(100)
    }

    var state: UInt16? { read(100).first }
    var statusWord: UInt16 { read(101).first ?? 0 }
    /// Epoch and stop.
    var permit: [UInt64] { Self.numbers(read(102, count: 6)) }
    var fence: [UInt64] { Self.numbers(read(114, count: 6)) }

    private static func numbers(_ words: [UInt16]) -> [UInt64] {
        [words.prefix(4), words.suffix(2)].map { $0.reduce(0) { $0 << 16 | UInt64($1) } }
    }
}
