import FieldModel

/// What metering works with. What is made by a closure is made and used on the metering thread.
struct MeterDrivers: Sendable {
    /// Seals and commits records.
    var ledger: any UsageLedger
    var epoch: UInt32
    var history: @Sendable () -> any UsageHistory
    var totals: @Sendable () -> any LiveTotalsStore
    /// Connections and readings of paths.
    var counters: @Sendable () -> any TrafficCounters
    /// False where the site names no privileged helper: nobody is asked for connections then.
    var mayAskForConnections: Bool
    /// The process's own sockets.
    var sockets: @Sendable () -> [SocketReading]
    /// The addresses of an interface, as texts.
    var addresses: @Sendable (String) -> [String]
    /// 32 hexadecimal digits for a tuple, that nobody can guess it from.
    var fingerprint: @Sendable (Flow.Tuple) -> String
    /// /proc/sys/kernel/random/boot_id, and what tells one network namespace of a boot from another.
    var boot: String
    var namespace: String
    /// What was found wrong while they were made, for a person.
    var warnings: [String] = []
}
