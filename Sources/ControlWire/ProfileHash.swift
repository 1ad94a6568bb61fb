import Crypto
import FieldModel

/// What a console and a gateway must agree on before an axis means the same to both.
package enum ProfileHash {
    /// The first eight bytes of SHA-256 over axes, buttons, limits and speeds, in their order.
    package static func of(_ map: ControlMap) -> UInt64 {
        var text = "fg-profile/1 \(map.topSpeed) \(map.creepSpeed) \(map.speedUnit)\n"
        for axis in map.axes {
            let least = axis.point.write?.minimum?.description ?? ""
            let most = axis.point.write?.maximum?.description ?? ""
            text += "axis \(axis.id) \(axis.point.id) \(axis.point.address) \(axis.rest) \(least) \(most)\n"
        }
        for button in map.buttons { text += "button \(button.id) \(button.point.id) \(button.point.address)\n" }
        return SHA256.hash(data: Array(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
