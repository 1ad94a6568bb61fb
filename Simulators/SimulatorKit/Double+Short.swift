extension Double {
    /// Without a fraction when there is none, and never with an exponent in the range of a data sheet.
    package var short: String {
        if self == rounded(), abs(self) < 0x1p53 { return "\(Int64(self))" }
        return self == 1e-7 ? "0.0000001" : "\(self)"
    }
}
