import BigInt

/// Parts of a whole number that add up to it exactly, by the method of the largest remainder.
package enum Apportionment {
    /// `amount` by `weights`, none of which is below zero; where all are zero, in equal parts. Ties go to whoever stands
    /// first. A negative amount is parted like its magnitude. Without weights there are no parts.
    package static func parts(of amount: Int64, by weights: [Rational]) -> [Int64] {
        guard !weights.isEmpty else { return [] }
        let sum = weights.sum
        let shares = sum.isZero ? weights.map { _ in Rational(1, over: weights.count) } : weights.map { $0 / sum }
        let magnitude = Rational(amount).magnitude
        let parts = whole(shares.map { $0 * magnitude }, adding: magnitude.whole ?? .max)
        return parts.map { amount < 0 ? -$0 : $0 }
    }

    /// Whole numbers near `exact` that add up to `total`, which is at most one rounding away from their sum.
    static func whole(_ exact: [Rational], adding total: Int64) -> [Int64] {
        let floors = exact.map(\.floor)
        var parts = floors
        let missing = Int(clamping: BigInt(total) - floors.reduce(0, +))
        let order = exact.indices.sorted { left, right in
            let (a, b) = (
                exact[left] - Rational(floors[left], over: 1), exact[right] - Rational(floors[right], over: 1)
            )
            return a == b ? left < right : a > b
        }
        for index in order.prefix(max(0, missing)) { parts[index] += 1 }
        return parts.map { Int64(clamping: $0) }
    }
}
