import CSystem
import Glibc
import SimulatorKit

/// A TUN device of a namespace, open for IP packets. Closing it leaves the device in place, without a carrier.
package struct TunDevice {
    package let fd: Int32
    package let place: String

    package init(_ device: String, in namespace: String) throws(SystemFault) {
        try Privilege.checkTun()
        let place = "\(namespace)/\(device)"
        fd = try NetworkNamespace(namespace).inside { () throws(SystemFault) in
            let fd = fg_tun_open(device)
            if fd == -EBUSY { throw SystemFault("\(place) is taken: does another 'fieldsim link' run on it?") }
            return try SystemFault.check(fd, "\(place): run 'fieldsim net up' first, and run this as root")
        }
        self.place = place
    }
}
