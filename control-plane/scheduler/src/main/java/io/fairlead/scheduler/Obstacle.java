package io.fairlead.scheduler;

/// Why a node cannot take a pod.
///
/// @param reason in the words that `kubectl describe` shows
/// @param yields whether ending pods of the node could clear it
record Obstacle(String reason, boolean yields) {
    /// One that stays whatever runs on the node.
    static Obstacle fixed(String reason) {
        return new Obstacle(reason, false);
    }

    /// One that other pods make.
    static Obstacle byPods(String reason) {
        return new Obstacle(reason, true);
    }
}
