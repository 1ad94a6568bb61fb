import FieldModel

extension SpoolSettings {
    var databasePath: String { directory + "/spool.db" }
    var epochPath: String { directory + "/epoch" }
    var lockPath: String { directory + "/lock" }
    package var journalPath: String { directory + "/commands.db" }
}
