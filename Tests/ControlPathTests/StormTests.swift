import ControlAttack
import FieldModel
import Testing

@Suite("A storm of frames")
struct StormTests {
    @Test("Of twenty thousand frames of every kind no write is stale, replayed, out of order or unasked for")
    func storm() throws {
        let storm = try #require(FrameStorm(seed: 4))
        let report = storm.run(frames: 20_000)
        #expect(report.violations == 0, "\(report.text)")
        #expect(report.moving > 300, "\(report.text)")
        for reject in FrameReject.allCases where ![.malformed, .notEnabled].contains(reject) {
            #expect(report.rejects[Int(reject.rawValue)] > 0, "nothing was \(reject.name)\n\(report.text)")
        }
        for phase in SessionPhase.allCases {
            #expect(report.transitions[phase.name, default: 0] > 0, "never \(phase.name)\n\(report.text)")
        }
    }
}
