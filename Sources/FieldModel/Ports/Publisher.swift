/// Why a message was not accepted for sending.
public enum PublishFault: Error, Hashable, Sendable {
    case disconnected(String)
    case tooLarge(Int)
}

/// A message and the token under which its acknowledgement will arrive.
public protocol Publisher: AnyObject {
    /// Sends with QoS 1. The token is valid until acknowledged or until the connection ends.
    func publish(_ payload: UnsafeRawBufferPointer, to topic: String, retain: Bool) throws(PublishFault) -> Int32
}
