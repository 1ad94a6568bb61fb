import FieldModel

extension NetworkPlan {
    /// What a plan's quota wants of the kernel: cameras slowed to `bulk` together. True where that changes anything.
    mutating func limit(bulk: BitRate?, quota: Int64?) -> Bool {
        false
    }
}
