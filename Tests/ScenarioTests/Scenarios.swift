import Testing

extension Tag {
    /// Real processes: brokers, simulators, gateways.
    @Tag static var scenario: Self
}

/// One after another: each starts several processes, and machines have few processors.
@Suite("Scenarios", .serialized, .tags(.scenario), .timeLimit(.minutes(5)))
enum Scenarios {}
