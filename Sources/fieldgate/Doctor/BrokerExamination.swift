import FieldModel
import MQTTLink
import Platform

/// The way to the broker: its name, its certificates, itself. One connection under a client id of its own, so that the
/// running gateway keeps its own.
struct BrokerExamination {
    let site: SiteSettings
    let time: any TimeSource
    let device: String?

    func run() -> [Diagnosis] {
        var broker = site.broker
        broker.clientID += "-doctor"
        broker.sessionExpiry = .zero
        let fault: ConnectFault?
        do throws(ConnectFault) {
            try MQTTConnector(broker, will: nil, time: time, device: device).connect().disconnect()
            fault = nil
        } catch {
            fault = error
        }
        return verdicts(fault, broker)
    }

    private func verdicts(_ fault: ConnectFault?, _ broker: BrokerSettings) -> [Diagnosis] {
        let steps: [(ConnectFault.Stage, part: String, good: String, remedy: String)] = [
            (.settings, "settings", "", "correct the files named in broker.tls, and their rights"),
            (
                .name, "dns", NetworkAddress.isV4(broker.host) ? "not needed" : "\(broker.host) has an address",
                "look at /etc/resolv.conf and at the name in broker.host; does the path in use reach a name server?"
            ),
            (
                .reach, "reach", "\(broker.host):\(broker.port) takes connections",
                "is the broker running, is the port right, does a firewall stand in between? The paths above say more"
            ),
            (
                .tls, "tls", broker.tls == nil ? "not used" : "the certificates are accepted on both sides",
                "compare broker.tls.ca with who signed the broker's certificate, broker.host with the name in it, and "
                    + "the clock with its dates"
            ),
            (
                .broker, "broker", "lets this gateway in",
                "look at broker.username, its password and the broker's own log; with a client id list, allow "
                    + "\(broker.clientID) too"
            ),
        ]
        var verdicts: [Diagnosis] = []
        var hasFailed = false
        for step in steps {
            if hasFailed {
                verdicts.append(.skipped(step.part, "nothing gets that far"))
            } else if let fault, fault.stage == step.0 {
                verdicts.append(.bad(step.part, fault.detail, step.remedy))
                hasFailed = true
            } else if step.0 != .settings {
                verdicts.append(.good(step.part, step.good))
            }
        }
        return verdicts
    }
}
