/// Where a control session stands. Raw values are those of the wire.
public enum SessionPhase: UInt8, Sendable, CaseIterable {
    /// Nobody has the machine.
    case idle = 0
    /// Somebody asked for it: stored, granted, measured.
    case requested = 1
    /// Held, in neutral.
    case armed = 2
    /// Moves as the operator says.
    case active = 3
    /// Moves at creep speed, or ramps to neutral: freshness, loss or the picture is not what it should be.
    case degraded = 4
    /// In the safe state until standstill is confirmed and the operator names the stop.
    case safeStop = 5
    /// In the safe state until somebody on the spot, or a supervisor, lets it go.
    case locked = 6

    public var name: String {
        switch self {
        case .idle: "IDLE"
        case .requested: "REQUESTED"
        case .armed: "ARMED"
        case .active: "ACTIVE"
        case .degraded: "DEGRADED"
        case .safeStop: "SAFE_STOP"
        case .locked: "LOCKED"
        }
    }

    /// The operator may be moving the machine.
    public var isDriving: Bool { self == .active || self == .degraded }
    /// There is a session: state goes out at 50 Hz, and a stop counts.
    public var isOpen: Bool { self != .idle && self != .locked }
}

/// Why a session changed its phase. Raw values are those of the wire.
public enum SessionCause: UInt8, Sendable, CaseIterable {
    case none = 0
    // What an operator does.
    case claimed = 1
    case granted = 2
    case measured = 3
    case enabled = 4
    case enableReleased = 5
    case released = 6
    case handedOver = 7
    case takenOver = 8
    case stopped = 9
    case acknowledged = 10
    case unlocked = 11
    // What the connection does.
    case noFreshFrame = 20
    case late = 21
    case lossy = 22
    case videoOld = 23
    case clean = 24
    case leaseLost = 25
    case unused = 26
    case slowEcho = 27
    case requestExpired = 28
    // What the machine does.
    case deviceLost = 40
    case machineWatchdog = 41
    case emergencyStop = 42
    case localOperator = 43
    case interlock = 44
    case notConfirmed = 45
    case armRefused = 46
    // What the gateway does.
    case restarted = 60
    case tooManyStops = 61
    case notStored = 62
    case gatewayClosing = 63

    /// A word for programs: `no_fresh_frame`.
    public var name: String {
        "\(self)".reduce(into: "") { text, character in
            text += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
    }
}

/// Why a command frame was not obeyed. Raw values are those of the wire.
public enum FrameReject: UInt8, Sendable, CaseIterable, Error {
    /// Its age bound, or its own lifetime, is over.
    case expired = 1
    /// Its number is not newer than what was accepted.
    case replay = 2
    /// Another session or epoch, or no session at all.
    case badEpoch = 3
    case badMAC = 4
    /// More than 120 frames a second.
    case tooFast = 5
    /// Axes out of rest without a held enable: counted as a sign of life, its axes are not obeyed.
    case notEnabled = 6
    /// An axis beyond its range, or a frame made for another profile.
    case range = 7
    /// From the broker's store: nobody knows its age.
    case retained = 8
    /// It echoes a state that the gateway never sent so.
    case badEcho = 9
    /// It is no frame of this version.
    case malformed = 10

    public var name: String {
        switch self {
        case .expired: "EXPIRED"
        case .replay: "REPLAY"
        case .badEpoch: "BAD_EPOCH"
        case .badMAC: "BAD_MAC"
        case .tooFast: "TOO_FAST"
        case .notEnabled: "NOT_ENABLED"
        case .range: "RANGE"
        case .retained: "RETAINED"
        case .badEcho: "BAD_ECHO"
        case .malformed: "MALFORMED"
        }
    }
}

/// What an operator may do. Every role may stop.
public enum OperatorRole: String, Sendable, CaseIterable {
    case stopOnly = "stop-only"
    case operates = "operator"
    /// Also takes over by force, and unlocks.
    case supervisor

    public var mayDrive: Bool { self != .stopOnly }
    public var maySupervise: Bool { self == .supervisor }
}
