import FieldModel

extension NetworkPlan {
    /// What a quota wants of the kernel. True where that changes anything.
    mutating func limit(bulk: BitRate?, quota: Int64?) -> Bool {
        let before = self
        self.quota = quota
        for place in paths.indices { paths[place].bulk = bulk }
        return self != before
    }
}
