import Control
import ControlWire
import DirectLink
import FieldModel
import MQTTLink

/// The seals of a granted session, and where its console is.
struct ControlSeals {
    static let mostPaths = 4

    let session: UInt32
    let operatorID: String
    let reply: MQTTReply
    let command: BrokerSeal
    let stop: BrokerSeal
    let state: BrokerSeal
    let tag: UInt32
    var sealer: DirectSealer
    var opener: DirectOpener
    /// Where the console said it listens.
    let told: [DirectAddress]
    /// By path: where its newest authentic packet came from.
    var heard = [DirectAddress?](repeating: nil, count: mostPaths)
    /// By path: which commands came that way.
    var arrivals = [SequenceWindow](repeating: SequenceWindow(), count: mostPaths)
    var brokerArrivals = SequenceWindow()
    var transport: TransportChoice

    init(
        _ keys: SessionKeys, session: UInt32, operatorID: String, reply: MQTTReply, topics: ControlTopics,
        told: [DirectAddress], at now: Instant
    ) {
        self.session = session
        self.operatorID = operatorID
        self.reply = reply
        self.told = told
        command = BrokerSeal(keys.toGateway, topic: topics.command)
        stop = BrokerSeal(keys.toGateway, topic: topics.stop)
        state = BrokerSeal(keys.toConsole, topic: topics.state)
        tag = keys.tag
        sealer = DirectSealer(keys.directToConsole, tag: keys.tag, start: now)
        opener = DirectOpener(keys.directToGateway, tag: keys.tag, start: now)
        transport = TransportChoice(at: now)
    }

    /// Where to send on a path: where the console was heard, else wherever it said.
    func targets(of path: Int) -> [DirectAddress] { heard[path].map { [$0] } ?? told }
}

/// The topics of one machine.
struct ControlTopics {
    let request: String
    let response: String
    let command: String
    let stop: String
    let state: String
    let requestBytes: [UInt8]
    let commandBytes: [UInt8]
    let stopBytes: [UInt8]

    init(_ topics: Topics, device: String) {
        request = topics.control(device, .req)
        response = topics.control(device, .rsp)
        command = topics.control(device, .cmd)
        stop = topics.control(device, .stop)
        state = topics.control(device, .state)
        (requestBytes, commandBytes, stopBytes) = (Array(request.utf8), Array(command.utf8), Array(stop.utf8))
    }
}
