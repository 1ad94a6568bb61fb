import FieldModel
import FuzzDriver
import JSONText
import MQTTLink

/// Knows one layout under every number: that many points as the number says, up to 64.
final class LayoutShelf: Spool {
    let epoch: UInt32 = 1

    func register(_ layout: Layout) -> UInt32 { 1 }

    func layout(_ number: UInt32) -> Layout? {
        Layout(device: "d\"", points: (0..<number % 64).map { "point \($0)" })
    }

    func append(_ body: [UInt8], to stream: FieldModel.Stream, mayWait: Bool) {}
    func flush() {}
    func cursor(of consumer: String, in stream: FieldModel.Stream) -> UInt64 { 0 }
    func last(of stream: FieldModel.Stream) -> UInt64 { 0 }
    func rows(of stream: FieldModel.Stream, after sequence: UInt64, limit: Int) -> [SpoolRow] { [] }
    func settle(_ stream: FieldModel.Stream, through sequence: UInt64, by consumer: String) {}
    func reject(_ row: SpoolRow, reason: String) {}
    func onChange(of consumer: String, _ handler: @escaping @Sendable () -> Void) {}
    var state: SpoolState { SpoolState(epoch: 1, streams: [], pending: 0, deadLetters: 0, alarm: nil) }
}

Fuzzing.run { bytes in
    let body = Array(bytes)
    if let batch = RowCodec.decode(body) {
        let again = RowCodec.encode(batch)
        guard let same = RowCodec.decode(again) else { fatalError("a batch that cannot be stored again") }
        // Bytes, not values: no NaN equals itself.
        Fuzzing.require(RowCodec.encode(same) == again, "a batch that changes when it is stored")
    }
    var encoder = RowEncoder(gateway: "g", topics: Topics(gateway: "g"), spool: LayoutShelf())
    let row = SpoolRow(identity: RowIdentity(epoch: 1, stream: .telemetry, sequence: 1), body: body)
    guard let (topic, payload) = encoder.encode(row, replayed: true) else { return }
    Fuzzing.require(topic.hasPrefix("fg/v1/g/"), "a topic outside the gateway's tree: \(topic)")
    do throws(JSONFault) {
        _ = try JSONReader.read(payload.bindMemory(to: UInt8.self))
    } catch {
        // An event's fields are named by its author: a damaged row may name one twice, which stays readable.
        Fuzzing.require(error.message.hasSuffix("stands there twice"), "\(error.text) in the JSON of a row")
    }
}
