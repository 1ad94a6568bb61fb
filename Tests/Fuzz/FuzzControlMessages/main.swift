import Control
import ControlAttack
import ControlPath
import FieldModel
import FuzzDriver

// Raw bytes into the control path of a machine that somebody drives. They come in pieces: a byte that says where to
// (cmd, stop, req, a packet with the session's tag, a retained cmd, time that passes), a byte of length, the piece.
Fuzzing.run { bytes in
    guard let bench = ControlBench() else { fatalError("the wheel loader's profile cannot be read") }
    var anna = bench.console("anna")
    bench.activate(&anna)
    Fuzzing.require(bench.phase == .active, "nobody drives")
    let (newest, stop) = (bench.newestFrame, bench.stopNumber)
    bench.forget()
    var rest = bytes[...]
    while rest.count >= 2 {
        let (place, length) = (rest[rest.startIndex], Int(rest[rest.startIndex + 1]))
        deliver(Array(rest.dropFirst(2).prefix(length)), place, bench)
        rest = rest.dropFirst(2 + length)
    }
    // Nobody knows the keys, so nothing may count.
    Fuzzing.require(bench.newestFrame == newest || bench.session.lease == nil, "a frame without a seal counts")
    Fuzzing.require(bench.log.standing.epoch == anna.epoch, "an epoch was spent")
    let timed = bench.stopNumber == stop ? bench.moving.isEmpty : true
    Fuzzing.require(timed || bench.phase != .active, "bytes move the machine")
    bench.run(.milliseconds(400))
    Fuzzing.require(bench.bus.controller.isNeutral, "the machine moves on")
}

func deliver(_ piece: [UInt8], _ place: UInt8, _ bench: ControlBench) {
    switch place % 6 {
    case 0: bench.command(piece)
    case 1: bench.stop(piece)
    case 2: bench.publish(piece, to: bench.topics.requestBytes, correlation: Array(piece.prefix(4)))
    case 3:
        let tag = bench.air.tag
        bench.packet([1, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: tag >> (24 - 8 * UInt32($0))) } + piece)
    case 4: bench.command(piece, retained: true)
    default: bench.run(.milliseconds(Int64(piece.count)))
    }
}
