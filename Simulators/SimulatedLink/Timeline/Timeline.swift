/// What happens to the paths, and when.
package struct Timeline: Equatable, Sendable {
    package struct Step: Equatable, Sendable {
        /// Nanoseconds from the start, before any time scale.
        package let at: Int64
        package let path: PathName
        package let changes: [LinkChange]
    }

    /// In the order of time; those of one time in the order they were written.
    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }
}
