package io.fairlead.cluster;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.KubeClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Objects that a cluster brings along, from a file of the program's own. Applied at each start, so that an upgrade brings its own.
final class AddOn {
    private static final String MANAGER = "fairlead";

    private AddOn() {}

    /// @param resource the file's name
    /// @param values what stands in it as `${name}`, by name
    static void apply(KubeClient client, String resource, Map<String, String> values) {
        String text = read(resource);
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("${" + value.getKey() + "}", value.getValue());
        }
        for (JsonObject object : YamlReader.readObjects(text)) {
            ResourceType type =
                    ApiCatalog.builtIn()
                            .ofKind(object.text("apiVersion"), object.text("kind"))
                            .orElseThrow()
                            .type();
            client.apply(type, object, MANAGER);
        }
    }

    private static String read(String name) {
        try (InputStream resource = AddOn.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException(name + " is not in the program's jar");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
