import FieldModel
import FuzzDriver
import JSONText
import MQTTLink

Fuzzing.run { bytes in
    do throws(CommandFault) {
        let command = try CommandParser.parse(bytes, device: "d", retained: false)
        Fuzzing.require(!command.setPoints.isEmpty && !command.id.isEmpty, "an empty command")
        for setPoint in command.setPoints { answer(command, setPoint) }
    } catch {
        Fuzzing.require(!error.detail.isEmpty, "a refusal without words")
    }
}

/// The answer repeats what was asked for, so it must survive being written and read again.
func answer(_ command: Command, _ setPoint: SetPoint) {
    let result = CommandResult(
        id: command.id, device: command.device, stage: .confirmed, point: setPoint.point,
        value: setPoint.value.pointValue)
    let row = RowCodec.encode(result.batch(time: Timestamp(microseconds: 0), clock: .synced))
    guard case .event(let batch)? = RowCodec.decode(row) else { fatalError("a result that cannot be stored") }
    Fuzzing.require(CommandResult(batch) == result, "the journal would remember another result than was given")
    var json = JSONWriter()
    json.value(setPoint.value.pointValue)
    let text = json.bytes.bindMemory(to: UInt8.self)
    Fuzzing.require((try? JSONReader.read(text)) != nil, "the answer is no JSON: \(json.text)")
}
