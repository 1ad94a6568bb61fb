import FieldModel

/// Reads `link`: modems, paths, who takes which, and the cameras.
struct LinkReader {
    private let section: Section
    private let around: SiteReader.Surroundings

    init(_ section: Section, around: SiteReader.Surroundings) {
        self.section = section
        self.around = around
    }

    func read() -> LinkSettings? {
        defer { section.finish() }
        let modems = unique(section.sections("modems")) { ModemReader($0, around: around).read() }
        let paths = unique(section.sections("paths")) { PathReader($0, modems: modems.map(\.id)).read() }
        if !section.has("paths") {
            section.reject(nil, "'paths' is missing", remedy: "list at least one way to the network under `paths:`")
        }
        checkDevices(paths)
        let choice = readChoice(paths.map(\.id))
        let cameras = readCameras()
        return LinkSettings(
            modems: modems, paths: paths, choice: choice, cameras: cameras.list, cameraDevice: cameras.device,
            masquerade: cameras.masquerade, helperSocket: section.text("helper").map(around.resolve),
            reportEvery: section.duration("report_every", in: .seconds(1)...(.seconds(3600))) ?? .seconds(10))
    }

    private func unique<Item: Identifiable>(
        _ sections: [Section], _ read: (Section) -> Item?
    ) -> [Item] where Item.ID == String {
        var seen: Set<String> = []
        return sections.compactMap { section in
            guard let item = read(section) else { return nil }
            guard seen.insert(item.id).inserted else {
                section.reject("id", "the id '\(item.id)' is taken already", remedy: "give each a name of its own")
                return nil
            }
            return item
        }
    }

    private func checkDevices(_ paths: [PathSettings]) {
        for (index, path) in paths.enumerated() {
            if let other = paths[..<index].first(where: { $0.device == path.device }) {
                section.reject(
                    "paths", "the paths '\(other.id)' and '\(path.id)' have the same interface, \(path.device)",
                    remedy: "a path is an interface of its own")
            }
            if let modem = path.modem, let other = paths[..<index].first(where: { $0.modem == modem }) {
                section.reject(
                    "paths", "the paths '\(other.id)' and '\(path.id)' have the same modem, '\(modem)'",
                    remedy: "name the modem with one of them")
            }
        }
    }

    /// Every purpose may take every path, in the order of the list, where the site says nothing.
    private func readChoice(_ paths: [String]) -> ChoiceSettings {
        var choice = ChoiceSettings(preference: [:])
        let section = section.section("choice")
        defer { section?.finish() }
        for purpose in TrafficClass.allCases {
            choice.preference[purpose] = section?.names(purpose.rawValue, of: "path", known: paths) ?? paths
        }
        choice.failBackAfter =
            section?.duration("fail_back_after", in: .zero...(.seconds(3600))) ?? choice.failBackAfter
        return choice
    }

    private func readCameras() -> (list: [NetworkPlan.Camera], device: String?, masquerade: Bool) {
        guard let section = section.section("cameras") else { return ([], nil, true) }
        defer { section.finish() }
        let device = section.require(
            "device", section.device("device"), remedy: "name the interface the cameras are on, e.g. `device: lan0`")
        let list = unique(section.sections("list")) { camera -> NetworkPlan.Camera? in
            defer { camera.finish() }
            let id = camera.require("id", camera.identifier("id"), remedy: "name the camera, e.g. `id: front`")
            let address = camera.require(
                "address", camera.address("address", [.v4]), remedy: "give the camera's IPv4 address")
            let limit = camera.require(
                "limit", camera.rate("limit"), remedy: "say how much it may send, e.g. `limit: 4Mbit/s`")
            guard let id, let address, let limit else { return nil }
            return NetworkPlan.Camera(id: id, address: address, limit: limit)
        }
        return (list, device, section.flag("masquerade") ?? true)
    }
}
