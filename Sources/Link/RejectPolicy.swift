import FieldModel

/// Refusals that are somebody's decision: no reset changes them, and asking again makes the network shut the modem out
/// for longer.
package enum RejectPolicy {
    /// 3 illegal UE, 6 illegal ME, 7 services not allowed, 8 not allowed at all (TS 24.501, 9.11.3.2; TS 24.301, 9.9.3.9).
    private static let mobility: Set<Int> = [3, 6, 7, 8]
    /// 8 barred by the operator, 29 authentication failed, 33 not subscribed (TS 24.301, 9.9.4.4; TS 24.501, 9.11.4.2).
    private static let session: Set<Int> = [8, 29, 33]

    package static func isPolicy(_ cause: RejectCause) -> Bool {
        switch cause.layer {
        case .mobility5G, .mobility4G: mobility.contains(cause.code)
        case .session5G, .session4G: session.contains(cause.code)
        }
    }
}
