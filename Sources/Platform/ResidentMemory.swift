import CSystem

/// What the process keeps resident. Gateway boxes have little memory, and the start needs far more than the run.
package enum ResidentMemory {
    /// Before the first thread: two heaps for all.
    package static func limitHeaps() {
        _ = fg_limit_heaps(2)
    }

    /// Once everything runs.
    package static func releaseStartUp() {
        fg_release_startup_memory(fg_text_begin(), fg_text_end())
    }
}
