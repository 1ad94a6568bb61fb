extension UnsafeBufferPointer<UInt8> {
    /// The big-endian 16-bit word that starts at `offset`.
    @inline(__always)
    func word(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }

    /// A request of another length than its function asks for is answered with `illegalDataValue`.
    @inline(__always)
    func require(length: Int) throws(ModbusException) {
        guard count == length else { throw .illegalDataValue }
    }
}

extension UnsafeMutablePointer<UInt8> {
    @inline(__always)
    func put(word: Int) {
        self[0] = UInt8(truncatingIfNeeded: word >> 8)
        self[1] = UInt8(truncatingIfNeeded: word)
    }

    /// Answers with the first bytes of the request, as the write functions do.
    func echo(_ request: UnsafeBufferPointer<UInt8>, length: Int) -> Int {
        update(from: request.baseAddress!, count: length)
        return length
    }
}
