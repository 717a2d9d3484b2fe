package io.fairlead.node;

/// Which run of which container: a restarted container has the same name and the next attempt.
record ContainerIdentity(String podUid, String container, int attempt) {
    /// Unique within a cluster, for ever.
    String id() {
        return podUid + "-" + container + "-" + attempt;
    }
}
