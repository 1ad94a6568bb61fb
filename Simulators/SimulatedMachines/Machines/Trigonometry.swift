import Glibc

/// The few transcendental functions that the machines need, in one place.
enum Trigonometry {
    static func sine(_ radians: Double) -> Double { sin(radians) }

    static func cosine(_ radians: Double) -> Double { cos(radians) }

    static func decimalLogarithm(_ value: Double) -> Double { log10(value) }

    /// Degrees clockwise from north, 0..<360.
    static func bearing(east: Double, north: Double) -> Double {
        let degrees = atan2(east, north) * 180 / .pi
        return degrees < 0 ? degrees + 360 : degrees
    }
}
