import FieldModel
import Platform

/// Puts network plans in force in this network namespace, and finds out what is left of them.
///
/// One thread at a time. Everything it makes carries its mark, so it takes away only that.
package final class KernelNetwork {
    let check: PlanCheck
    let tools: any NetworkTools
    let reading: KernelReading
    private let stateFile: String
    private let proc: String
    private let usbFolder: String
    let gate: CountingGate
    let dump = CounterDump()
    package private(set) var applied: AppliedPlan?
    /// Bytes used of the quota in force, as last seen.
    var quotaSeen: (quota: Int64, used: Int64)?

    /// `stateFile` outlives the process, not the machine's start: what it tells of does the same.
    package init(
        check: PlanCheck, tools: any NetworkTools, stateFile: String, proc: String = "/proc/sys/",
        usbFolder: String = "/sys/bus/usb/devices/", sys: String = "/sys/class/net/"
    ) {
        self.check = check
        self.tools = tools
        self.stateFile = stateFile
        self.proc = proc
        self.usbFolder = usbFolder
        reading = KernelReading(tools: tools)
        gate = CountingGate(tools: tools, proc: proc, sys: sys)
        applied = FileText.read(stateFile).flatMap { AppliedPlan($0) }
        // Somebody may have written to the file: it is believed no more than a client is.
        if let plan = applied?.current, (try? check.check(plan)) == nil { applied = nil }
    }

    /// Does what is asked; every value of it is checked first.
    package func handle(_ request: NetworkRequest) -> NetworkReply {
        do throws(RequestFault) {
            switch request {
            case .hello(let version):
                guard version == NetworkRequest.version else {
                    throw RequestFault("fieldgate-netd speaks version \(NetworkRequest.version), not \(version)")
                }
                return .done(NetworkState())
            case .apply(let plan): return .done(try apply(plan))
            case .inspect(let plan): return .done(try inspect(plan))
            case .shape(let path, let rate): try shape(path, rate)
            case .route(let bulk, let others): return .done(try route(bulk, others))
            case .reauthorise(let usb): try reauthorise(usb)
            case .clear: return .done(clear())
            case .others: return .counted(try others())
            case .meter, .flows:
                throw RequestFault(
                    "connections are not metered here: this kernel does not tell of them, as fieldgate-netd said at its"
                        + " start; modprobe nf_conntrack_netlink")
            }
            return .done(NetworkState())
        } catch {
            return .refused(error.text)
        }
    }

    func apply(_ plan: NetworkPlan) throws(RequestFault) -> NetworkState {
        try check.check(plan)
        var state = enforce(plan, as: plan)
        checkCounting(plan, &state)
        return state
    }

    func shape(_ id: String, _ rate: BitRate) throws(RequestFault) {
        guard var applied else { throw RequestFault("no plan is in force: apply one first") }
        guard let place = applied.current.paths.firstIndex(where: { $0.id == id }) else {
            throw RequestFault("path '\(PlanCheck.shown(id))' is none of the plan's")
        }
        try check.checkRate(rate, "rate")
        guard applied.current.paths[place].rate != nil else {
            throw RequestFault("path \(id) has no shaper: its rate is nil")
        }
        applied.current.paths[place].rate = rate
        let path = applied.current.paths[place]
        guard let shaper = NetworkCommands(plan: applied.current).shaper(of: path) else { return }
        do throws(ToolFault) {
            _ = try tools.run("tc", ["-batch", "-"], input: Self.lines(shaper.changing))
        } catch {
            throw RequestFault("path \(id) was not shaped: \(error.text); apply the plan again")
        }
        keep(applied)
    }

    /// Nil leaves a way as it is.
    func route(_ bulk: String?, _ others: String?) throws(RequestFault) -> NetworkState {
        guard let applied else { throw RequestFault("no plan is in force: apply one first") }
        var plan = applied.current
        for path in [bulk, others].compactMap(\.self) where !plan.paths.contains(where: { $0.id == path }) {
            throw RequestFault("path '\(PlanCheck.shown(path))' is none of the plan's")
        }
        plan.bulkPath = bulk ?? plan.bulkPath
        plan.othersPath = others ?? plan.othersPath
        return enforce(plan, as: applied.plan)
    }

    /// Two writes, as `echo 0` and `echo 1` by hand.
    func reauthorise(_ usb: String) throws(RequestFault) {
        try check.checkUSB(usb)
        let path = "\(usbFolder)\(usb)/authorized"
        guard FileText.read(path) != nil else { throw RequestFault("usb \(usb) is not there: no \(path)") }
        for value in ["0", "1"] where !KernelSetting.write(path, value) {
            throw RequestFault("\(path) cannot be written: the udev rules give it to fieldgate-netd's group")
        }
    }

    /// Takes away what carries the mark, whoever applied it.
    package func clear() -> NetworkState {
        var state = NetworkState()
        attempt("nftables table \(NetworkCommands.tableName) stays", &state) { () throws(ToolFault) in
            guard reading.ruleset() != nil else { return }
            _ = try tools.run("nft", ["-f", "-"], input: NetworkCommands.removal)
        }
        clearOthers()
        changeRouting(from: reading.rules(), reading.routes(), to: [], [], &state)
        for endpoint in reading.endpoints() where check.allows(device: endpoint.place.device) {
            attempt("a Multipath TCP endpoint stays", &state) { () throws(ToolFault) in
                _ = try tools.run("ip", ["mptcp", "endpoint", "del", "id", endpoint.id])
            }
        }
        for device in reading.shapedDevices() where check.allows(device: device) {
            attempt("the shaper on \(device) stays", &state) { () throws(ToolFault) in
                _ = try tools.run("tc", ["qdisc", "del", "dev", device, "root"])
            }
        }
        for (key, value) in applied?.before ?? [:] { restore(key, value) }
        applied = nil
        KernelSetting.remove(stateFile)
        return state
    }

    func file(_ setting: String) -> String { proc + KernelSetting.path(setting) }

    func keep(_ new: AppliedPlan) {
        applied = new
        // Without the file the plan is in force all the same; the next process will ask for it again.
        try? FileText.replace(stateFile, with: new.text)
    }

    /// What does not work goes into `missing`; the rest of the plan goes on.
    func attempt(_ consequence: String, _ state: inout NetworkState, _ body: () throws(ToolFault) -> Void) {
        do throws(ToolFault) { try body() } catch { state.missing.append("\(consequence): \(error.text)") }
    }

    static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
