import FieldModel

/// How far a live flow was counted.
package struct FlowMark: Hashable, Sendable {
    /// Names a flow within a boot; not all zero. It takes 28 bytes.
    package struct Key: Hashable, Sendable {
        package var start: UInt64
        package var id: UInt32
        /// The hash of its tuple, the first byte highest.
        package var tuple: UInt128

        package init(start: UInt64, id: UInt32, tuple: UInt128) {
            self.start = start
            self.id = id
            self.tuple = tuple
        }

        /// Cheap: the tuple is a hash already.
        package func hash(into hasher: inout Hasher) {
            hasher.combine(start)
            hasher.combine(UInt64(truncatingIfNeeded: tuple))
        }

        static let none = Key(start: 0, id: 0, tuple: 0)
    }

    package var key: Key
    package var up: UInt64
    package var down: UInt64
    /// When it was counted.
    package var last: Timestamp
    /// The part of the connection that is open.
    package var part: UInt32

    package init(key: Key, up: UInt64, down: UInt64, last: Timestamp, part: UInt32) {
        self.key = key
        self.up = up
        self.down = down
        self.last = last
        self.part = part
    }
}
