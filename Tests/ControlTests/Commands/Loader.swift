import Control
import FieldModel

/// A device with one point of each kind that a command can meet.
enum Loader {
    static let unit: UInt8 = 3
    static let now = Timestamp(microseconds: 1_795_161_600_000_000)

    static let map = RegisterMap(
        id: "loader", title: "Loader", groups: [PollGroup(id: "g", period: .seconds(1))],
        points: [
            point("EngineSpeed", 0, write: nil),
            point("SpeedLimit", 10, unit: "%", write: WriteRule(minimum: decimal("0"), maximum: decimal("100"))),
            point(
                "Temperature", 11, .i16, scaling: Scaling(scale: decimal("0.1"), offset: decimal("-40")),
                write: WriteRule(minimum: decimal("-20.5"), maximum: decimal("80"))),
            point("Setpoint", 12, .f32, write: WriteRule(minimum: decimal("0.1"), maximum: decimal("0.9"))),
            point("Start", 14, write: WriteRule(readBack: false)),
            point("Name", 20, .string(registers: 4), write: WriteRule()),
            point("Free", 30, write: WriteRule()),
            Point(id: "Horn", table: .coil, address: 5, type: .bool, group: "g", write: WriteRule()),
        ])

    static func decimal(_ text: String) -> DecimalNumber { DecimalNumber(text) ?? .zero }

    static func number(_ text: String) -> CommandValue { .number(decimal(text)) }

    static func command(
        _ setPoints: [(String, CommandValue)], expires: Timestamp? = nil, retained: Bool = false
    ) -> Command {
        Command(
            id: "c-1", device: "loader", setPoints: setPoints.map { SetPoint(point: $0.0, value: $0.1) },
            expires: expires, retained: retained)
    }

    static func judge(
        _ command: Command, at utc: Timestamp = now, clock: Timestamp.ClockQuality = .synced
    ) -> Verdict {
        CommandGate(unit: unit, map: map).judge(command, at: utc, clock: clock)
    }

    private static func point(
        _ id: String, _ address: Int, _ type: PointType = .u16, scaling: Scaling = .none, unit: String? = nil,
        write: WriteRule?
    ) -> Point {
        Point(
            id: id, table: .holding, address: address, type: type, scaling: scaling, unit: unit, group: "g",
            write: write)
    }
}

extension Verdict {
    var writes: [PlannedWrite]? { if case .accepted(let writes) = self { writes } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal, _, _) = self { refusal } else { nil } }
    var point: String? { if case .refused(_, let point, _) = self { point } else { nil } }
    var detail: String? { if case .refused(_, _, let detail) = self { detail } else { nil } }
}
