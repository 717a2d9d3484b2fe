package io.fairlead.apiserver;

/// The pods of a replication controller stay unless somebody wishes them away, as in its first version.
final class ReplicationControllerStrategy implements Strategy {
    @Override
    public boolean orphansUnlessTold() {
        return true;
    }
}
