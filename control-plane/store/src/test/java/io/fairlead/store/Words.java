package io.fairlead.store;

import java.nio.charset.StandardCharsets;

/// Plain words as values.
enum Words implements ValueCodec<String> {
    CODEC;

    @Override
    public byte[] encode(String key, String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(String key, byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
