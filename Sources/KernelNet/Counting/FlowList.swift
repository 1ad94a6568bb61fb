import CSystem
import FieldModel
import Platform

/// A list of connections in a nameless file in memory that nobody can change any more: goes to the gateway by its
/// descriptor.
package enum FlowList {
    /// All four seals and the seal of seals: what the reader maps stays as it is.
    private static let seals: Int32 = 1 | 2 | 4 | 8
    /// So many go into the file at once.
    private static let piece = 256

    /// Asks the source for its connections, and returns the file's descriptor.
    package static func file(of source: any FlowSource) throws(NetworkFault) -> Int32 {
        let descriptor = fg_sealable_file("fieldgate-list", 0)
        guard descriptor >= 0 else { throw noMemory(-descriptor) }
        do throws(NetworkFault) {
            try fill(descriptor, source)
            guard fg_seal(descriptor, seals) == 0 else {
                throw .refused("a list of connections could not be sealed: \(SystemError(code: fg_errno()))")
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func fill(_ descriptor: Int32, _ source: any FlowSource) throws(NetworkFault) {
        let slots = UnsafeMutableRawBufferPointer.allocate(byteCount: piece * FlowSlot.size, alignment: 8)
        defer { slots.deallocate() }
        var count = 0
        var code: Int32 = 0
        try source.flows { flow in
            let place = count % piece
            FlowSlot.write(flow, number: UInt64(count), to: slots.baseAddress! + place * FlowSlot.size)
            count += 1
            if place == piece - 1, code == 0 { code = append(UnsafeRawBufferPointer(slots), to: descriptor) }
        }
        let rest = UnsafeRawBufferPointer(rebasing: slots[..<(count % piece * FlowSlot.size)])
        if code == 0 { code = append(rest, to: descriptor) }
        guard code == 0 else { throw noMemory(code) }
    }

    /// The connections of a file; closes it.
    package static func flows(from descriptor: Int32) throws(NetworkFault) -> [Flow] {
        defer { close(descriptor) }
        let length = Int(fg_file_length(descriptor))
        guard length > 0 else { return [] }
        // A file that could still shrink would end this process when it does.
        guard fg_seals(descriptor) & seals == seals, length % FlowSlot.size == 0,
            let memory = fg_map_shared(descriptor, length, 0)
        else { throw .refused("fieldgate-netd gave a list of connections that is not sealed, or cut") }
        defer { munmap(memory, length) }
        var flows: [Flow] = []
        flows.reserveCapacity(length / FlowSlot.size)
        for place in 0..<length / FlowSlot.size {
            guard let flow = FlowSlot.flow(memory + place * FlowSlot.size, number: UInt64(place)) else {
                throw .refused("fieldgate-netd gave a list of connections whose entry \(place) is damaged")
            }
            flows.append(flow)
        }
        return flows
    }

    /// The error's number; 0 where there was none.
    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0, fg_errno() == EINTR { continue }
            guard written > 0 else { return fg_errno() }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
        return 0
    }

    private static func noMemory(_ code: Int32) -> NetworkFault {
        .refused("no memory for a list: \(SystemError(code: code))")
    }
}
