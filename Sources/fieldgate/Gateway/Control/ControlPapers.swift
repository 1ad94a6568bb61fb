import ControlWire
import FieldModel
import Signing

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
