/// Codes of +CME ERROR (3GPP TS 27.007, 9.2).
package enum EquipmentError: Int, Equatable, Sendable, CaseIterable {
    case operationNotAllowed = 3
    case operationNotSupported = 4
    case noCard = 10
    case pinRequired = 11
    case pukRequired = 12
    case incorrectPassword = 16
    case invalidIndex = 21
    case noNetworkService = 30
    case incorrectParameters = 50
    case unknown = 100
    case illegalDevice = 103
    case illegalEquipment = 106
    case servicesNotAllowed = 107
    case insufficientResources = 126
    case unknownAccessPoint = 127
    case unknownAddressType = 128
    case authenticationFailed = 129
    case activationRejected = 131
    case optionNotSupported = 132
    case optionNotSubscribed = 133
    case unspecified = 148
    case operatorBarring = 177

    package var words: String {
        switch self {
        case .operationNotAllowed: "operation not allowed"
        case .operationNotSupported: "operation not supported"
        case .noCard: "SIM not inserted"
        case .pinRequired: "SIM PIN required"
        case .pukRequired: "SIM PUK required"
        case .incorrectPassword: "incorrect password"
        case .invalidIndex: "invalid index"
        case .noNetworkService: "no network service"
        case .incorrectParameters: "incorrect parameters"
        case .unknown: "unknown"
        case .illegalDevice: "Illegal MS"
        case .illegalEquipment: "Illegal ME"
        case .servicesNotAllowed: "GPRS services not allowed"
        case .insufficientResources: "insufficient resources"
        case .unknownAccessPoint: "missing or unknown APN"
        case .unknownAddressType: "unknown PDP address or PDP type"
        case .authenticationFailed: "user authentication failed"
        case .activationRejected: "activation rejected, unspecified"
        case .optionNotSupported: "service option not supported"
        case .optionNotSubscribed: "requested service option not subscribed"
        case .unspecified: "unspecified GPRS error"
        case .operatorBarring: "operator determined barring"
        }
    }

    /// What a session management cause (TS 24.301, 24.501) looks like to the host.
    init(sessionCause: Int) {
        switch sessionCause {
        case 8: self = .operatorBarring
        case 26: self = .insufficientResources
        case 27: self = .unknownAccessPoint
        case 28: self = .unknownAddressType
        case 29: self = .authenticationFailed
        case 31: self = .activationRejected
        case 32: self = .optionNotSupported
        case 33: self = .optionNotSubscribed
        default: self = .unspecified
        }
    }
}
