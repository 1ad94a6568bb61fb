import ControlPath
import ControlWire
import DirectLink
import FieldModel

/// Everything a station sends: states by the broker, packets by two direct paths.
package final class BenchAir: StateOutlet, DirectPaths {
    package let paths = 0..<2
    /// The session whose packets the station wants.
    package private(set) var tag: UInt32 = 0
    package private(set) var statesSent = 0
    package private(set) var packetsSent = 0
    /// The newest state as it went out, sealed.
    package private(set) var state: [UInt8] = []
    /// Last words as they went out, sealed.
    package private(set) var ends: [[UInt8]] = []
    package private(set) var targets: [DirectAddress] = []
    package var onState: (UnsafeRawBufferPointer) -> Void = { _ in }

    package init() {}

    package func send(_ payload: UnsafeRawBufferPointer, to topic: String) {
        guard payload.count == FrameLayout.stateBytes + BrokerSeal.macBytes else {
            ends.append(Array(payload))
            return
        }
        statesSent += 1
        state.removeAll(keepingCapacity: true)
        state.append(contentsOf: payload)
        onState(payload)
    }

    package func know(_ tag: UInt32, _ station: ControlStation) { self.tag = tag }

    package func send(_ packet: UnsafeRawBufferPointer, _ path: Int, _ targets: [DirectAddress]) {
        packetsSent += targets.count
        self.targets = targets
    }
}
