import Control
import ControlWire
import DirectLink
import FieldModel
import MQTTLink

/// The seals of a granted session, and where its console is.
package struct ControlSeals {
    package static let mostPaths = 4

    package let session: UInt32
    package let operatorID: String
    package let reply: MQTTReply
    package let command: BrokerSeal
    package let stop: BrokerSeal
    package let state: BrokerSeal
    package let tag: UInt32
    package var sealer: DirectSealer
    package var opener: DirectOpener
    /// Where the console said it listens.
    package let told: [DirectAddress]
    /// By path: where its newest authentic packet came from.
    package var heard = [DirectAddress?](repeating: nil, count: mostPaths)
    /// By path: which commands came that way.
    package var arrivals = [SequenceWindow](repeating: SequenceWindow(), count: mostPaths)
    package var brokerArrivals = SequenceWindow()
    package var transport: TransportChoice

    package init(
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
    package func targets(of path: Int) -> [DirectAddress] { heard[path].map { [$0] } ?? told }
}

/// The topics of one machine.
package struct ControlTopics {
    package let request: String
    package let response: String
    package let command: String
    package let stop: String
    package let state: String
    package let requestBytes: [UInt8]
    package let commandBytes: [UInt8]
    package let stopBytes: [UInt8]

    package init(_ topics: Topics, device: String) {
        request = topics.control(device, .req)
        response = topics.control(device, .rsp)
        command = topics.control(device, .cmd)
        stop = topics.control(device, .stop)
        state = topics.control(device, .state)
        (requestBytes, commandBytes, stopBytes) = (Array(request.utf8), Array(command.utf8), Array(stop.utf8))
    }
}
