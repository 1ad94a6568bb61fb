import DirectLink
import MQTTLink

/// Where a station's states go by the broker: one that can't go is lost.
package protocol StateOutlet: AnyObject {
    func send(_ payload: UnsafeRawBufferPointer, to topic: String)
}

extension MQTTConnection: StateOutlet {
    package func send(_ payload: UnsafeRawBufferPointer, to topic: String) { send(payload, to: topic, quality: 0) }
}

/// The ways of the direct path: one for each way to the network.
package protocol DirectPaths: AnyObject {
    var paths: Range<Int> { get }
    /// Packets of that session are the station's from now on.
    func know(_ tag: UInt32, _ station: ControlStation)
    func send(_ packet: UnsafeRawBufferPointer, _ path: Int, _ targets: [DirectAddress])
}
