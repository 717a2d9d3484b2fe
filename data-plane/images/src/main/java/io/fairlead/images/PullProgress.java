package io.fairlead.images;

/// Hears how a pull goes. Called from several threads.
@FunctionalInterface
public interface PullProgress {
    /// Nobody listens.
    PullProgress NONE = (layer, done, total) -> {};

    /// @param layer the digest of the layer being fetched
    /// @param bytesDone of `bytesTotal`, as they are sent; equal when the layer is there
    void onBytes(String layer, long bytesDone, long bytesTotal);
}
