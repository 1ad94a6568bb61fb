/// The steps of recovery a host can take; each names what cures a dead data path.
package enum Rung: String, Equatable, Sendable, CaseIterable {
    /// AT+CGACT=0, then 1.
    case pdu
    /// AT+COPS=2, then 0.
    case reregister
    /// AT+CFUN=0 or 4, then 1.
    case radio
    /// AT+CFUN=1,1.
    case reset
    case usb
    case power
    case slot
}
