import FieldModel
import Platform

/// USB devices that may be authorised anew: their names in /sys/bus/usb/devices, as the helper was told at start.
package struct USBPorts: Sendable {
    private let allowed: Set<String>
    private let folder: String

    package init(allowed: Set<String>, folder: String = "/sys/bus/usb/devices") {
        self.allowed = allowed
        self.folder = folder
    }

    /// Takes the device's authorisation and gives it back: it is then enumerated as if it had been plugged in
    /// (Documentation/usb/authorization.rst of the kernel).
    func reauthorise(_ device: String) throws(NetworkFault) {
        guard allowed.contains(device) else {
            throw .refused("this helper may not touch the USB device \(device); start it with --usb \(device)")
        }
        for state in ["0", "1"] {
            do throws(SystemError) {
                try FileText.overwrite("\(folder)/\(device)/authorized", with: state)
            } catch {
                throw .refused("\(folder)/\(device)/authorized: \(error)")
            }
        }
    }
}
