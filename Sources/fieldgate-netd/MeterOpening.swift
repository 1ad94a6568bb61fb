import FieldModel
import FlowTracking
import KernelNet
import Logging
import Platform

/// Brings back the event socket and the ring that the service manager kept, or makes new ones and lets it keep them.
struct MeterOpening {
    let inherited: InheritedDescriptors
    let network: KernelNetwork
    let log: Logger

    private static let patience = Duration.seconds(2)

    /// Nil when this kernel does not tell of connections; the network is served all the same.
    func open() -> MeterDesk? {
        do throws(NetworkFault) {
            let source = try ConntrackSocket(inherited: inherited.named(MeterDesk.eventsName))
            let (ring, isNew) = try ring()
            keep(source, ring, isNew)
            log.info(
                "metering",
                metadata: ["socket": "\(source.isNew ? "new" : "kept")", "ring": "\(isNew ? "new" : "kept")"])
            return MeterDesk(source: source, ring: ring, said: said(source.isNew, isNew), network: network)
        } catch {
            log.warning("connections are not metered", metadata: ["reason": "\(error.words)"])
            return nil
        }
    }

    private func ring() throws(NetworkFault) -> (FlowRing, isNew: Bool) {
        if let descriptor = inherited.named(MeterDesk.ringName) {
            do throws(NetworkFault) { return (try FlowRing(mapping: descriptor), false) } catch {
                log.error("the ring is made anew", metadata: ["reason": "\(error.words)"])
                SystemdNotifier().forget(MeterDesk.ringName)
            }
        }
        do throws(SystemError) { return (try FlowRing(), true) } catch {
            throw .refused("no memory for the ring of connection events: \(error)")
        }
    }

    private func keep(_ source: ConntrackSocket, _ ring: FlowRing, _ isNewRing: Bool) {
        let notifier = SystemdNotifier()
        if source.isNew { notifier.store(source.descriptor, name: MeterDesk.eventsName) }
        if isNewRing { notifier.store(ring.descriptor, name: MeterDesk.ringName) }
        guard source.isNew || isNewRing, !notifier.barrier(within: Self.patience) else { return }
        log.warning("the service manager does not say that it keeps the event socket: a crash would lose events")
    }

    /// A plan in force tells that there was a process before this one, and that connections were metered.
    private func said(_ isNewSocket: Bool, _ isNewRing: Bool) -> [String] {
        guard network.applied != nil else { return [] }
        var said: [String] = []
        if isNewSocket {
            said.append("fieldgate-netd had no event socket kept for it (FileDescriptorStoreMax=): ends were not heard")
        }
        if isNewRing { said.append("the ring of connection events is new: those in the old one are lost") }
        return said
    }
}
