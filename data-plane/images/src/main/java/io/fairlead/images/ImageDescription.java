package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonString;
import io.fairlead.api.JsonSyntaxException;
import java.util.ArrayList;
import java.util.List;

/// An image's configuration as it is stored: what to run, and the digests of the unpacked layers.
record ImageDescription(ImageConfig config, List<ContentDigest> layers) {
    static ImageDescription read(byte[] bytes) throws ImageException {
        JsonObject document = document(bytes, "configuration");
        List<ContentDigest> layers = new ArrayList<>();
        for (String digest : strings(document, "rootfs", "diff_ids")) {
            layers.add(ContentDigest.parse(digest));
        }
        return new ImageDescription(config(document.object("config")), layers);
    }

    private static ImageConfig config(JsonObject config) {
        return new ImageConfig(
                strings(config, "Env"),
                strings(config, "Entrypoint"),
                strings(config, "Cmd"),
                config.text("WorkingDir"),
                config.text("User"),
                config.object("ExposedPorts").names(),
                config.text("StopSignal"),
                config.texts("Labels"));
    }

    /// Parses outside bytes.
    static JsonObject document(byte[] bytes, String what) throws ImageException {
        try {
            return JsonReader.readObject(bytes);
        } catch (JsonSyntaxException e) {
            throw new ImageException("its " + what + " is not valid JSON: " + e.getMessage(), e);
        }
    }

    private static List<String> strings(Json tree, String... path) {
        List<String> strings = new ArrayList<>();
        for (Json item : tree.list(path)) {
            if (item instanceof JsonString string) {
                strings.add(string.value());
            }
        }
        return strings;
    }
}
