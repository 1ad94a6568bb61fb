import CConntrack
import FieldModel

extension Flow {
    /// From the kernel's own numbers.
    init(_ raw: fg_flow) {
        let length = Int(raw.address_length)
        let addresses = withUnsafeBytes(of: raw.addresses) { bytes in
            (0..<4).map { Array(bytes[$0 * 16..<$0 * 16 + length]) }
        }
        let ports = raw.ports
        self.init(
            id: raw.id, start: raw.start, stop: raw.stop == 0 ? nil : raw.stop, mark: raw.mark,
            original: Tuple(
                transport: raw.transport, source: addresses[0], destination: addresses[1], sourcePort: ports.0,
                destinationPort: ports.1),
            reply: Tuple(
                transport: raw.transport, source: addresses[2], destination: addresses[3], sourcePort: ports.2,
                destinationPort: ports.3),
            sent: Count(bytes: raw.sent_bytes, packets: raw.sent_packets),
            received: Count(bytes: raw.received_bytes, packets: raw.received_packets))
    }
}
