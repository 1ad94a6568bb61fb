import CSystem
import FieldModel
import Platform

/// The cumulative figures of live flows in a file of fixed slots, `usage.snapshot`: outside the chain, written every few
/// seconds, and only for flows that changed. 64 bytes for each.
///
/// Every flow has two slots, in pages of their own, that are written in turn: a write that is cut off leaves the one
/// before. One thread uses it.
package final class FlowSnapshot {
    private let path: String
    private var descriptor: Int32
    /// The boot that the marks belong to; empty where there are none.
    package private(set) var boot: String
    /// Slots that were cut off in the middle of a write; the figures before are there.
    package private(set) var torn = 0
    private var places: [FlowMark.Key: Int] = [:]
    private var generations: [UInt32] = []
    private var free: [Int] = []
    private var found: [FlowMark] = []

    /// Opens the file, or makes it. One that is no snapshot is moved aside.
    package init(path: String) throws(SystemError) {
        self.path = path
        let bytes = FileText.size(path) == nil ? [] : try FileText.bytes(path)
        if let header = SnapshotHeader(bytes) {
            boot = header.boot
            descriptor = try SystemError.check(fg_open(path, O_RDWR, 0o640))
            read(bytes)
            return
        }
        if !bytes.isEmpty { try FileText.move(path, to: path + ".damaged") }
        boot = ""
        descriptor = -1
        try begin(boot: "")
    }

    deinit { close(descriptor) }

    /// The marks as the file had them when it was opened.
    package func load() -> [FlowMark] { found }

    /// Forgets all marks: another boot begins.
    package func begin(boot: String) throws(SystemError) {
        let draft = path + ".new"
        let fresh = try SystemError.check(fg_open(draft, O_RDWR | O_CREAT | O_TRUNC, 0o640))
        let header = SnapshotHeader(boot: boot).bytes
        guard pwrite(fresh, header, header.count, 0) == header.count, fsync(fresh) == 0, rename(draft, path) == 0 else {
            let code = fg_errno()
            close(fresh)
            throw SystemError(code: code)
        }
        try FileText.syncFolder(of: path)
        if descriptor >= 0 { close(descriptor) }
        (descriptor, self.boot, torn) = (fresh, boot, 0)
        (places, generations, free, found) = ([:], [], [], [])
    }

    /// Writes the marks that changed, and strikes out flows that ended. Durable when it returns; when it throws, the
    /// marks from before are there.
    package func store(changed: [FlowMark], ended: [FlowMark.Key] = []) throws(SystemError) {
        guard !changed.isEmpty || !ended.isEmpty else { return }
        var draft = SnapshotDraft(places: generations.count + changed.count)
        var written: [(place: Int, generation: UInt32)] = []
        written.reserveCapacity(changed.count + ended.count)
        var next = generations.count
        var spare = free
        var new: [FlowMark.Key: Int] = [:]
        for mark in changed {
            var place = places[mark.key] ?? new[mark.key] ?? -1
            if place < 0 {
                place = spare.popLast() ?? next
                if place == next { next += 1 }
                new[mark.key] = place
            }
            written.append((place, draft.put(mark, at: place, after: generation(place))))
        }
        for key in ended {
            guard let place = places[key] ?? new[key] else { continue }
            written.append((place, draft.put(nil, at: place, after: generation(place))))
        }
        try draft.write(to: descriptor)
        guard fdatasync(descriptor) == 0 else { throw SystemError(code: fg_errno()) }
        generations += [UInt32](repeating: 0, count: next - generations.count)
        free = spare
        places.merge(new) { $1 }
        for (place, generation) in written { generations[place] = generation }
        for key in ended { if let place = places.removeValue(forKey: key) { free.append(place) } }
    }

    private func generation(_ place: Int) -> UInt32 { place < generations.count ? generations[place] : 0 }

    private func read(_ bytes: [UInt8]) {
        let count = SnapshotSlot.places(in: bytes.count)
        generations = [UInt32](repeating: 0, count: count)
        for place in 0..<count {
            let slots = (0..<2).map { SnapshotSlot.found(bytes, at: SnapshotSlot.offset(place, UInt32($0))) }
            torn += slots.count { $0 == .broken }
            let newest = slots.compactMap(\.slot).max { $0.generation < $1.generation }
            generations[place] = newest?.generation ?? 0
            guard let mark = newest?.mark else {
                free.append(place)
                continue
            }
            places[mark.key] = place
            found.append(mark)
        }
    }
}
