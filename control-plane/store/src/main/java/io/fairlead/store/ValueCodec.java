package io.fairlead.store;

/// Turns values into the bytes that are kept, and back.
public interface ValueCodec<V> {
    byte[] encode(V value);

    /// @throws StoreException when the bytes were not made by [#encode]
    V decode(byte[] bytes);
}
