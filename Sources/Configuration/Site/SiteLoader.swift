import FieldModel

/// A site with all its profiles, or everything that is wrong with them.
package struct SiteLoader {
    /// How files are read: the bytes, or the reason in words.
    package typealias Reader = (String) -> Result<[UInt8], FileProblem>

    package struct FileProblem: Error {
        package var reason: String

        package init(reason: String) {
            self.reason = reason
        }
    }

    private let read: Reader
    private let secretFault: (String) -> String?
    private let judge: ControlPapersJudge
    private let problems = ProblemList()

    /// `secretFault` says why the file of a secret key may not be used as it is, in words; `judge` reads keys and roster.
    package init(
        read: @escaping Reader, secretFault: @escaping (String) -> String? = { _ in nil },
        judge: @escaping ControlPapersJudge = { _ in [] }
    ) {
        (self.read, self.secretFault, self.judge) = (read, secretFault, judge)
    }

    /// Loads the site at `path`. The settings are there whenever nothing is wrong.
    package func load(_ path: String, overrides: [Override]) -> (site: SiteSettings?, problems: [Problem]) {
        let fingerprint = Fingerprint()
        for override in overrides { fingerprint.add(Array(override.text.utf8)) }
        let site = loadSite(path, overrides, fingerprint)
        return (problems.problems.isEmpty ? site : nil, problems.problems)
    }

    private func loadSite(_ path: String, _ overrides: [Override], _ fingerprint: Fingerprint) -> SiteSettings? {
        let own = overrides.filter { $0.profile == nil }.map { ($0, $0.path) }
        let library = ProfileLibrary(overrides: overrides.filter { $0.profile != nil })
        do throws(Problem) {
            let node = try tree(path, own, fingerprint)
            let root = Section(node, file: path, path: "", problems: problems)
            let around = SiteReader.Surroundings(
                resolve: { Self.resolve($0, from: path) },
                profile: { file in profile(file, library, fingerprint) },
                modemProfile: { file in modemProfile(file, fingerprint) },
                isReadable: { if case .success = read($0) { true } else { false } },
                readText: { try? String(decoding: read($0).get(), as: UTF8.self) },
                reason: { if case .failure(let problem) = read($0) { problem.reason } else { nil } },
                secretFault: secretFault, judge: judge)
            let site = SiteReader(root, around: around).read(fingerprint: "")
            for override in library.unused {
                problems.add(override.problem("no device uses a profile of this id", "name a profile by its `id`"))
            }
            var finished = site
            finished?.fingerprint = fingerprint.text
            return finished
        } catch {
            problems.add(error)
            return nil
        }
    }

    private func profile(
        _ file: String, _ library: ProfileLibrary, _ fingerprint: Fingerprint
    ) -> Result<RegisterMap?, Problem> {
        if let known = library.maps[file] { return .success(known) }
        if case .failure(let failure) = read(file) { return .failure(Self.unreadable(file, failure)) }
        var map: RegisterMap?
        do throws(Problem) {
            var node = try tree(file, [], fingerprint)
            let id = Self.id(of: node)
            for override in library.overrides where override.profile == id {
                node = apply(override, to: node, path: override.pathInProfile)
                library.used.insert(override)
            }
            let root = Section(node, file: file, path: "", problems: problems)
            map = ProfileReader(root).read()
            if let id, let other = library.files.updateValue(file, forKey: id), other != file {
                root.reject(
                    "id", "the id '\(id)' is taken by another profile of this site, \(other)",
                    remedy: "give each profile an id of its own")
            }
        } catch {
            problems.add(error)
        }
        library.maps[file] = .some(map)
        return .success(map)
    }

    private func modemProfile(_ file: String, _ fingerprint: Fingerprint) -> Result<ModemProfile?, Problem> {
        switch read(file) {
        case .failure(let failure): return .failure(Self.unreadable(file, failure))
        case .success(let bytes):
            fingerprint.add(bytes)
            let (profile, found) = ModemProfileLoader.load(bytes, file: file)
            for problem in found { problems.add(problem) }
            return .success(profile)
        }
    }

    private static func unreadable(_ file: String, _ failure: FileProblem) -> Problem {
        Problem(
            file: file, line: 0, column: 0, path: "", message: "\(file) cannot be read: \(failure.reason)",
            remedy: "correct the path; it is taken from the site file's folder")
    }

    private func tree(
        _ path: String, _ overrides: [(Override, [String])], _ fingerprint: Fingerprint
    ) throws(Problem) -> YAMLNode {
        switch read(path) {
        case .failure(let failure):
            throw Problem(
                file: path, line: 0, column: 0, path: "", message: "the file cannot be read: \(failure.reason)",
                remedy: "check the path and the rights of this user")
        case .success(let bytes):
            fingerprint.add(bytes)
            var node = try YAMLDocument.parse(bytes, file: path)
            for (override, path) in overrides { node = apply(override, to: node, path: path) }
            return node
        }
    }

    /// An override that finds no place is reported, and the rest is checked all the same.
    private func apply(_ override: Override, to node: YAMLNode, path: [String]) -> YAMLNode {
        do throws(Problem) {
            return try override.apply(to: node, path: path)
        } catch {
            problems.add(error)
            return node
        }
    }

    private static func id(of node: YAMLNode) -> String? {
        guard case .mapping(let pairs) = node.content,
            case .scalar(let id, _)? = pairs.first(where: { $0.key == "id" })?.value.content
        else { return nil }
        return id
    }

    /// A relative path is taken from the folder of the file that names it.
    static func resolve(_ path: String, from file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return "\(file[..<slash])/\(path)"
    }
}

/// The profiles of a site, each read once however many devices share it.
private final class ProfileLibrary {
    let overrides: [Override]
    var used: Set<Override> = []
    var maps: [String: RegisterMap?] = [:]
    /// The file that each profile id came from.
    var files: [String: String] = [:]

    init(overrides: [Override]) {
        self.overrides = overrides
    }

    var unused: [Override] { overrides.filter { !used.contains($0) } }
}

/// FNV-1a over everything that was read: tells one configuration from another, and proves nothing more.
private final class Fingerprint {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    func add(_ bytes: [UInt8]) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
