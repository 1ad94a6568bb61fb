import SimulatorKit

/// The words of the link's control socket.
package enum LinkControl {
    package static let usage = """
        stats, stats flows, path a|b counters, path a|b set NAME VALUE, path a|b CHANGE; a CHANGE is one of \
        \(LinkChange.usage)
        """

    package static func obey(_ line: String, _ link: LinkEmulator) -> JSON {
        do {
            return try answer(line.split(separator: " ").map(String.init), link)
        } catch {
            return error.reply
        }
    }

    private static func answer(_ words: [String], _ link: LinkEmulator) throws(ControlFault) -> JSON {
        if words == ["stats"] { return link.statistics }
        if words == ["stats", "flows"] { return link.flows }
        guard words.count >= 3, words[0] == "path" else {
            throw ControlFault("'\(words.joined(separator: " "))'; accepted: \(usage)")
        }
        guard let path = PathName(rawValue: words[1]), link.runs(path) else {
            let running = PathName.allCases.filter(link.runs).map(\.rawValue).joined(separator: ", ")
            throw ControlFault("no path '\(words[1])'; running: \(running)")
        }
        return try answer(path, Array(words[2...]), link)
    }

    private static func answer(_ path: PathName, _ words: [String], _ link: LinkEmulator) throws(ControlFault) -> JSON {
        if words == ["counters"] { return link.modemCounters(path) }
        if words == ["handover"] { return answer(path, .handover(nil), link) }
        let pair = words[0] == "set" ? Array(words.dropFirst()) : words
        guard pair.count >= 2 else { throw ControlFault("a value is missing; accepted: \(LinkChange.usage)") }
        return answer(path, try LinkChange(pair[0], pair[1...].joined(separator: " ")), link)
    }

    private static func answer(_ path: PathName, _ change: LinkChange, _ link: LinkEmulator) -> JSON {
        link.change(path, change)
        return .done
    }
}
