import FieldModel

/// Set-points on their way to rest, in a straight line.
package struct Ramp: Hashable, Sendable {
    package var from: AxisValues
    package var began: Instant
    package var lasts: Duration

    package init(from: AxisValues, began: Instant, lasts: Duration) {
        self.from = from
        self.began = began
        self.lasts = lasts
    }

    /// By axis the lesser of both; rest where they point to different sides.
    package static func lesser(_ one: AxisValues, _ other: AxisValues) -> AxisValues {
        var axes = AxisValues.rest
        for index in axes.indices {
            let (left, right) = (one[index], other[index])
            if left > 0, right > 0 { axes[index] = min(left, right) }
            if left < 0, right < 0 { axes[index] = max(left, right) }
        }
        return axes
    }

    package func axes(at now: Instant) -> AxisValues {
        let (gone, all) = (began.duration(to: now).wholeNanoseconds, lasts.wholeNanoseconds)
        guard gone < all else { return .rest }
        guard gone > 0 else { return from }
        let left = Int32((all - gone) * 1000 / all)
        var axes = AxisValues.rest
        for index in axes.indices { axes[index] = Int16(Int32(from[index]) * left / 1000) }
        return axes
    }

    package func isOver(at now: Instant) -> Bool { began.duration(to: now) >= lasts }
}
