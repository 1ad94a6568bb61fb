import FieldModel

extension NetworkPlan {
    /// What a quota wants of the kernel, on every path. True where that changes anything.
    mutating func limit(bulk: BitRate?, quota: Int64?) -> Bool {
        let before = self
        for place in paths.indices { (paths[place].bulk, paths[place].quota) = (bulk, quota) }
        return self != before
    }
}
