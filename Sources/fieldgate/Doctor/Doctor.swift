import FieldModel
import KernelNet
import Platform

/// Examines a site, from the box outwards.
struct Doctor {
    private let site: SiteSettings
    private let time: SystemTime

    init(_ site: SiteSettings) {
        self.site = site
        time = SystemTime(source: site.clock)
    }

    func examine() -> [Diagnosis] {
        let running = try? StatusDocument.parse(AdminClient(path: site.adminSocket).ask("status"))
        var verdicts = BoxExamination(site: site, time: time).run()
        verdicts += FieldExamination(site: site, running: running).run()
        verdicts += RemoteControlExamination(site: site, running: running).run()
        var device: String?
        if let link = site.link {
            let drivers = LinkDrivers(link, time: time)
            verdicts += ModemExamination(link: link, running: running, make: drivers.modem).run()
            let paths = PathExamination(link: link, time: time).run()
            verdicts += paths
            verdicts += CountingExamination(
                link: link, isMultipath: site.broker.isMultipath, tools: SystemTools()
            ).run()
            device = zip(link.paths, paths).first { $0.1.level != .bad }?.0.device
        }
        return verdicts + BrokerExamination(site: site, time: time, device: device).run()
    }
}
