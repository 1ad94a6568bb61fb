import CSystem
import FieldModel
import Platform
import SQLite

/// The spool's lock, as an object that can be handed to the writer thread.
final class SpoolLock {
    private var lock: FileLock?

    init(_ lock: consuming FileLock) {
        self.lock = .some(lock)
    }

    func release() {
        lock = nil
    }
}

/// Opening a spool: folder, lock, epoch, and what to do with a damaged file.
enum SpoolOpening {
    static func open(
        _ settings: SpoolSettings, gateway: String?, time: any TimeSource, notice: (String) -> Void
    ) throws(SpoolFault) -> (SpoolEngine, SpoolLock) {
        try makeDirectory(settings.directory)
        let lock = try takeLock(settings)
        // There is always a next number, also where somebody scribbled on the file.
        let known = min(FileText.read(settings.epochPath).flatMap { UInt32($0.prefix { $0.isNumber }) } ?? 0, .max - 1)
        do throws(DatabaseError) {
            let fresh = access(settings.databasePath, F_OK) != 0
            let engine = try SpoolEngine(settings, epoch: fresh ? known + 1 : max(known, 1), time: time)
            if let gateway {
                try refuseOutdated(engine, known)
                engine.usageTail = try UsageTail.read(engine, gateway: gateway, notice: notice)
            }
            try remember(engine.epoch, settings)
            return (engine, lock)
        } catch {
            guard error.isCorruption else {
                throw .unavailable(
                    "the spool in \(settings.directory) cannot be opened: \(error.message); "
                        + "see that it has room and that this user may write there, or name another with spool.directory"
                )
            }
            let aside = try setAside(settings.databasePath, at: time.utc())
            notice("the spool was damaged (\(error.message)); it is kept as \(aside), and a new epoch begins")
        }
        do throws(DatabaseError) {
            let engine = try SpoolEngine(settings, epoch: known + 1, time: time)
            if gateway != nil { engine.usageTail = UsageTail() }
            try remember(engine.epoch, settings)
            return (engine, lock)
        } catch {
            throw .corrupt("a new spool in \(settings.directory) cannot be made: \(error.message)")
        }
    }

    /// A file of an earlier epoch than one that is known to have begun (an old copy, or the receiver knows better):
    /// its numbers would be given twice.
    private static func refuseOutdated(_ engine: SpoolEngine, _ known: UInt32) throws(DatabaseError) {
        guard known > engine.epoch else { return }
        throw DatabaseError(
            code: 11, message: "it is of epoch \(engine.epoch), and epoch \(known) is known to have begun")
    }

    /// Like `mkdir -p`.
    private static func makeDirectory(_ path: String) throws(SpoolFault) {
        var prefix = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            prefix += (prefix.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            guard mkdir(prefix, 0o750) != 0 else { continue }
            let code = fg_errno()
            guard code == EEXIST || access(prefix, F_OK) == 0 else {
                throw .unavailable(
                    "the spool's folder \(path) cannot be made: \(SystemError.text(code)) at \(prefix); "
                        + "make it by hand, or name another with spool.directory")
            }
        }
    }

    private static func takeLock(_ settings: SpoolSettings) throws(SpoolFault) -> SpoolLock {
        do throws(SystemError) {
            return SpoolLock(try FileLock.take(path: settings.lockPath))
        } catch {
            guard error.code == EWOULDBLOCK else {
                throw .unavailable(
                    "the spool's folder \(settings.directory) is not writable: \(error); "
                        + "give this user the right to write there, or name another with spool.directory")
            }
            let holder = FileLock.holder(path: settings.lockPath).map { " (process \($0))" } ?? ""
            throw .locked(
                "another gateway\(holder) is using the spool in \(settings.directory); "
                    + "stop it first, or give this one a spool.directory of its own")
        }
    }

    static func remember(_ epoch: UInt32, _ settings: SpoolSettings) throws(DatabaseError) {
        guard FileText.read(settings.epochPath) != "\(epoch)\n" else { return }
        do throws(SystemError) {
            try FileText.replace(settings.epochPath, with: "\(epoch)\n")
        } catch {
            throw DatabaseError(code: error.code, message: "\(settings.epochPath): \(error)")
        }
    }

    /// Renames the damaged file and what belongs to it; nothing is deleted. Returns the new name.
    static func setAside(_ path: String, at time: Timestamp) throws(SpoolFault) -> String {
        let stamp = time.iso8601.prefix(19).filter { $0 != ":" && $0 != "-" }
        var aside = "\(path).damaged-\(stamp)"
        // Twice in a second, or with a clock that was never set: what was set aside before is not replaced.
        var count = 1
        while access(aside, F_OK) == 0 {
            count += 1
            aside = "\(path).damaged-\(stamp)-\(count)"
        }
        for suffix in ["", "-wal", "-shm"] {
            guard rename(path + suffix, aside + suffix) != 0 else { continue }
            let code = fg_errno()
            guard code == ENOENT else {
                throw .corrupt("\(path) is damaged and cannot be set aside: \(SystemError.text(code))")
            }
        }
        return aside
    }
}
