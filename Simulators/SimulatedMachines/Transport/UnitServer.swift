/// What becomes of an answer on its way to the line.
package enum Delivery: Equatable, Sendable {
    case atOnce
    case never
    /// Nanoseconds later.
    case after(Int64)
    /// No answer, and the connection is closed. On a serial line: no answer.
    case hangUp
    /// Only the first half of the frame.
    case truncated
    /// As many other bytes as the frame has, drawn from the seed.
    case junk(seed: UInt64)
    /// Modbus TCP: another transaction identifier than the request's.
    case wrongTransaction
}

/// An answer whose protocol data unit is already in the buffer the transport gave.
package struct Answer: Equatable, Sendable {
    /// Bytes of the protocol data unit.
    package var length: Int
    package var unit: UInt8
    package var delivery: Delivery = .atOnce
}

/// Answers the requests of one line or port, whichever unit they are for.
package protocol UnitServer: AnyObject {
    /// nil when the request is for another unit of a shared line and stays unanswered.
    func answer(
        unit: UInt8, _ request: UnsafeBufferPointer<UInt8>, over transport: Transport,
        into reply: UnsafeMutablePointer<UInt8>
    ) -> Answer?
}

package enum Transport: Sendable { case tcp, rtu }
