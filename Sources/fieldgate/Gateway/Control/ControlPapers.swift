import Configuration
import ControlWire
import FieldModel
import Signing

extension ControlPapers {
    /// What is wrong with keys and roster, each at its place in the site.
    static func faults(of texts: ControlPaperTexts) -> [ControlPaperFault] {
        var faults: [ControlPaperFault] = []
        let owner = VerifyingKey(texts.ownerKey)
        let machine = SigningKey(texts.machineKey)
        if machine == nil {
            faults.append(
                ControlPaperFault(
                    key: "machine_key", message: "\(texts.machineKeyFile) holds no Ed25519 key",
                    remedy: "make one with `fieldgate-operator key new`"))
        }
        guard let owner else {
            let fault = ControlPaperFault(
                key: "owner_key", message: "it is no Ed25519 public key",
                remedy: "write what `fieldgate-operator key show owner.key` prints")
            return faults + [fault]
        }
        if machine?.verifying == owner {
            faults.append(
                ControlPaperFault(
                    key: "machine_key", message: "\(texts.machineKeyFile) is the owner's secret key, see `owner_key`",
                    remedy: "make the machine a key of its own, and keep the owner's away from the gateway"))
        }
        do throws(WireFault) { _ = try Roster(document: texts.roster, owner: owner) } catch {
            faults.append(
                ControlPaperFault(
                    key: "roster", message: "\(texts.rosterFile): \(error)",
                    remedy: "make it with `fieldgate-operator roster make`, or correct owner_key (line "
                        + "\(texts.ownerKeyLine))"))
        }
        return faults
    }
}

/// Keys, roster and nameplates: what remote control is signed with.
struct ControlPapers: Sendable {
    let key: SigningKey
    let roster: Roster
    /// By device, as they are sent.
    private(set) var nameplates: [String: [UInt8]] = [:]
    private(set) var profiles: [String: UInt64] = [:]

    init(_ settings: ControlSettings, site: SiteSettings) throws(StartFault) {
        guard let key = SigningKey(settings.machineKey) else {
            throw .system("control.machine_key is no Ed25519 key: make one with `fieldgate-operator key new`")
        }
        guard let owner = VerifyingKey(settings.ownerKey) else {
            throw .system("control.owner_key is no Ed25519 public key")
        }
        self.key = key
        do throws(WireFault) {
            roster = try Roster(document: settings.roster, owner: owner)
        } catch {
            throw .system("control.roster: \(error)")
        }
        for control in settings.devices {
            guard let device = site.devices.first(where: { $0.id == control.device }) else { continue }
            let profile = ProfileHash.of(control.map)
            profiles[device.id] = profile
            nameplates[device.id] = Nameplate(
                gateway: site.gateway, machine: device.id, title: device.map.title, serial: control.serial,
                owner: settings.owner, location: settings.location, software: "fieldgate \(Version.current)",
                configuration: site.fingerprint, profile: profile, axes: control.map.axes.map(\.id),
                buttons: control.map.buttons.map(\.id), topSpeed: "\(control.map.topSpeed) \(control.map.speedUnit)",
                creepSpeed: "\(control.map.creepSpeed) \(control.map.speedUnit)"
            ).document(signedBy: key)
        }
    }
}
