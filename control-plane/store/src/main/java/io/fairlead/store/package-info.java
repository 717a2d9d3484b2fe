/// The versioned store: what the API server writes to, and the only thing that survives a crash.
///
/// [Store] is the contract: revisions, transactions with preconditions, snapshots that cost nothing, watches that resume, compaction. Two stores keep it:
/// [InMemoryStore] and [SqliteStore]. Both judge transactions by [Contents], an immutable sorted tree, and tell watchers through [Chronicle], so they can only differ in
/// what they survive.
///
/// A write's way through [SqliteStore]: queue → judged on the pending head → [Journal] (one fsync for all that waited) → [Chronicle] (visible, watchers) → the caller's future.
/// Nothing is visible before it is durable.
///
/// Read [Store], then [Contents], then [SqliteStore]. The module knows nothing of Kubernetes.
@NullMarked
package io.fairlead.store;

import org.jspecify.annotations.NullMarked;
