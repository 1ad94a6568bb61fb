import SimulatedLink
import SimulatorKit
import Testing

@Suite("The plan of the network")
struct NetworkPlanTests {
    @Test("With one path there is no second carrier and no second modem")
    func onePath() {
        let plan = NetworkPlan(prefix: "t", paths: [.a])
        #expect(plan.spaces.map(\.role) == ["gateway", "carrier-a", "cloud", "machine"])
        #expect(plan.spaces[0].tuns == ["wwan0"])
    }

    @Test("A prefix that a shell or a file name could misread is refused", arguments: ["", "A b", "../x", "-x"])
    func prefix(_ prefix: String) {
        #expect(throws: SystemFault.self) { try FieldNetwork(prefix: prefix) }
    }
}
