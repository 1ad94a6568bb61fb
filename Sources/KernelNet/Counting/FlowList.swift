import CSystem
import FieldModel
import Platform

/// A list of connections in a nameless file in memory that nobody can change any more: goes to the gateway by its
/// descriptor.
package enum FlowList {
    /// All four seals and the seal of seals: what the reader maps stays as it is.
    private static let seals: Int32 = 1 | 2 | 4 | 8
    private static let firstRoom = 1024

    /// Asks the source for its connections, and returns the file's descriptor.
    package static func file(of source: any FlowSource) throws(NetworkFault) -> Int32 {
        var slots = UnsafeMutableRawBufferPointer.allocate(byteCount: firstRoom * FlowSlot.size, alignment: 8)
        defer { slots.deallocate() }
        var count = 0
        try source.flows { flow in
            if (count + 1) * FlowSlot.size > slots.count {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: slots.count * 2, alignment: 8)
                larger.copyMemory(from: UnsafeRawBufferPointer(slots))
                slots.deallocate()
                slots = larger
            }
            FlowSlot.write(flow, number: UInt64(count), to: slots.baseAddress! + count * FlowSlot.size)
            count += 1
        }
        return try sealed(UnsafeRawBufferPointer(rebasing: slots[..<(count * FlowSlot.size)]))
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

    private static func sealed(_ bytes: UnsafeRawBufferPointer) throws(NetworkFault) -> Int32 {
        let descriptor = fg_sealable_file("fieldgate-list", 0)
        guard descriptor >= 0 else { throw .refused("no memory for a list: \(SystemError(code: -descriptor))") }
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0, fg_errno() == EINTR { continue }
            guard written > 0 else {
                let code = fg_errno()
                close(descriptor)
                throw .refused("no memory for a list: \(SystemError(code: code))")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
        guard fg_seal(descriptor, seals) == 0 else {
            close(descriptor)
            throw .refused("a list of connections could not be sealed: \(SystemError(code: fg_errno()))")
        }
        return descriptor
    }
}
