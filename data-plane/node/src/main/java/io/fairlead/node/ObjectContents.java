package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// The files that ConfigMaps and Secrets hold, as bytes.
final class ObjectContents {
    private ObjectContents() {}

    static Map<String, byte[]> configMap(JsonObject object) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        object.texts("data")
                .forEach((key, value) -> files.put(key, value.getBytes(StandardCharsets.UTF_8)));
        object.texts("binaryData").forEach((key, value) -> files.put(key, decoded(value)));
        return files;
    }

    static Map<String, byte[]> secret(JsonObject object) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        object.texts("data").forEach((key, value) -> files.put(key, decoded(value)));
        return files;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] decoded(String base64) {
        return Base64.getMimeDecoder().decode(base64);
    }
}
