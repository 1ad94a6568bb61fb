import FieldModel
import Platform

/// Finds the interface of each path, also when somebody gave it another name, and reads it.
struct PathInterfaces {
    private var statistics: LinkStatistics?
    private var indices: [String: Int32] = [:]
    private var renamed: Set<String> = []
    private var change: String?

    /// The interface, then its classes: in this order nothing can have passed a class and not yet the interface.
    mutating func read(
        _ path: String, _ device: String
    ) throws(NetworkFault) -> (LinkStatistics.Link, [ClassReading]) {
        do throws(SystemError) {
            let asked = try opened()
            if let link = try find(path, device, asked) { return (link, try asked.classes(of: link.index)) }
        } catch {
            statistics = nil
            throw .refused("path \(path): the kernel does not tell of \(device): \(error)")
        }
        throw .refused("path \(path): there is no interface \(device); is the modem connected?")
    }

    /// What was found to have changed with the last reading, for a person.
    mutating func takeChange() -> String? {
        defer { change = nil }
        return change
    }

    private mutating func opened() throws(SystemError) -> LinkStatistics {
        if let statistics { return statistics }
        let new = try LinkStatistics()
        statistics = new
        return new
    }

    private mutating func find(
        _ path: String, _ device: String, _ asked: LinkStatistics
    ) throws(SystemError) -> LinkStatistics.Link? {
        let known = indices[path]
        if let link = try asked.link(device) {
            if let known, known != link.index {
                change = "path \(path): \(device) is another interface than before; its counters begin anew"
            }
            renamed.remove(path)
            indices[path] = link.index
            return link
        }
        guard let known, let link = try asked.link(index: known) else { return nil }
        if renamed.insert(path).inserted {
            change =
                "path \(path): interface \(device) is called \(link.name) now, so rules and marks do not see it;"
                + " ip link set \(link.name) name \(device), or correct link.paths"
        }
        return link
    }
}
