package io.fairlead.store;

/// Turns values into the bytes that are kept, and back.
public interface ValueCodec<V> {
    /// @param key where the value is kept
    byte[] encode(String key, V value);

    /// @throws StoreException when the bytes were not made by [#encode]
    V decode(String key, byte[] bytes);
}
