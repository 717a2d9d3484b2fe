package io.fairlead.store;

/// How a transaction ended.
public sealed interface CommitResult {
    /// Everything is durable and visible, at this revision.
    record Committed(long revision) implements CommitResult {}

    /// A precondition did not hold; nothing was written.
    ///
    /// @param key the first key whose expectation failed
    /// @param modRevision the revision found there, 0 when the key is absent
    record Conflict(String key, long modRevision) implements CommitResult {}
}
