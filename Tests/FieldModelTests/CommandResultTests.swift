import FieldModel
import Testing

@Suite("Command results as rows")
struct CommandResultTests {
    private static let time = Timestamp(microseconds: 1_795_161_600_000_000)

    private static let results: [CommandResult] =
        CommandStage.allCases.map { stage in
            CommandResult(id: "c-1", device: "loader", stage: stage)
        } + [
            CommandResult(id: "", device: "loader", stage: .confirmed, point: "BucketSpeedLimit", value: .integer(30)),
            CommandResult(
                id: "ü\u{1F69C}", device: "d", stage: .rejected, point: "P", value: .double(0.1),
                reason: "out_of_limits",
                detail: "30 is above the most, 20 %"),
            CommandResult(id: "c", device: "d", stage: .written, point: "Name", value: .text("value"), detail: ""),
        ]

    @Test("A result goes through the event stream and comes out as it was", arguments: results)
    func roundTrip(_ result: CommandResult) {
        let batch = result.batch(time: Self.time, clock: .holdover)
        #expect(batch.kind == .commandResult)
        #expect(batch.time == Self.time)
        #expect(batch.clock == .holdover)
        #expect(CommandResult(batch) == result)
        let row = RowCodec.encode(.event(batch))
        #expect(RowCodec.decode(row) == .event(batch))
    }

    @Test("A row that is no result, or has no id or no known stage, is none")
    func others() {
        let good = CommandResult(id: "c", device: "d", stage: .written).batch(time: Self.time, clock: .synced)
        var event = good
        event.kind = .event
        var nameless = good
        nameless.fields.removeAll { $0.name == "id" }
        var numbered = good
        numbered.fields[0] = EventBatch.Field("id", .integer(1))
        var staged = good
        staged.fields[1] = EventBatch.Field("stage", .text("exploded"))
        for batch in [event, nameless, numbered, staged] { #expect(CommandResult(batch) == nil) }
    }

    @Test("Every stage has a name of its own")
    func names() {
        #expect(Set(CommandStage.allCases.map(\.name)).count == CommandStage.allCases.count)
    }
}
