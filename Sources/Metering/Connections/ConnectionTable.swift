import FieldModel

/// The accounts of the live connections, side by side, and where each of them is: ten thousand are gone through at every
/// look, and changed where they are.
struct ConnectionTable: Sendable {
    private var places: [FlowKey: Int] = [:]
    private var keys: [FlowKey] = []
    private var accounts: [ConnectionAccount] = []

    var count: Int { accounts.count }
    var indices: Range<Int> { accounts.indices }

    /// Holds until a connection is removed.
    func place(of key: FlowKey) -> Int? { places[key] }
    func key(at place: Int) -> FlowKey { keys[place] }

    subscript(place: Int) -> ConnectionAccount {
        _read { yield accounts[place] }
        _modify { yield &accounts[place] }
    }

    subscript(key: FlowKey) -> ConnectionAccount? { places[key].map { accounts[$0] } }

    /// `key` must be none that is there.
    mutating func add(_ account: ConnectionAccount, as key: FlowKey) {
        places[key] = accounts.count
        keys.append(key)
        accounts.append(account)
    }

    /// The last one takes its place.
    mutating func remove(_ key: FlowKey) -> ConnectionAccount? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        let account = accounts[place]
        let (last, lastKey) = (accounts.removeLast(), keys.removeLast())
        if place < accounts.count {
            (accounts[place], keys[place]) = (last, lastKey)
            places[lastKey] = place
        }
        return account
    }
}
