package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ManagedFields.Operation;
import io.fairlead.api.ManagedFields.Writer;
import io.fairlead.api.ServerSideApply.OnConflict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerSideApplyTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    /// Plays every recorded conversation about apply against the pure functions and a map.
    @Test
    void conversationsGoAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (String name : Reference.names("cases/apply")) {
            Map<String, JsonObject> objects = new HashMap<>();
            JsonObject recorded = Reference.object("cases/apply/" + name + ".json");
            int number = 0;
            for (Json step : recorded.list("steps")) {
                number++;
                String answer = play(step, objects);
                if (!answer.isEmpty()) {
                    differences.add(name + " step " + number + ": " + answer);
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void fieldSetsReadBackTheSame() {
        JsonObject fields =
                (JsonObject)
                        JsonReader.read(
                                """
                                {"f:spec":{"f:ports":{".":{},"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{}}},"f:type":{}}}\
                                """);
        FieldSet set = FieldSet.ofRoot(fields);
        assertThat(set.json()).isEqualTo(fields);
        assertThat(set.paths())
                .containsExactly(
                        ".spec.ports",
                        ".spec.ports[port=80,protocol=\"TCP\"]",
                        ".spec.ports[port=80,protocol=\"TCP\"].port",
                        ".spec.type");
        assertThat(set.minus(set).isEmpty()).isTrue();
        assertThat(set.union(set)).isEqualTo(set);
        assertThat(set.intersection(set)).isEqualTo(set);
    }

    private static String play(Json step, Map<String, JsonObject> objects) {
        String path = step.text("request", "path");
        if (step.text("request", "method").equals("GET") || path.contains("dryRun")) {
            return "";
        }
        long code = step.number(0, "response", "status");
        JsonObject expected = step.object("response", "body");
        try {
            JsonObject written = write(step, path, objects);
            if (code >= 400) {
                // What only the whole server refuses is not ours to compare.
                boolean conflict =
                        expected.list("details", "causes")
                                .toString()
                                .contains("FieldManagerConflict");
                return conflict ? "no conflict" : "";
            }
            if (step.list("ignore").contains(Json.of("/metadata/managedFields"))) {
                return "";
            }
            return difference(owners(written), owners(expected))
                    + difference(written.texts("data"), expected.texts("data"));
        } catch (ApiException e) {
            if (e.status().code() != code) {
                return e.status() + " but recorded " + code;
            }
            boolean unordered = expected.text("message").equals("<unordered>");
            return unordered || e.status().message().equals(expected.text("message"))
                    ? ""
                    : e.status().message() + " but recorded " + expected.text("message");
        }
    }

    private static JsonObject write(Json step, String path, Map<String, JsonObject> objects) {
        String method = step.text("request", "method");
        String mediaType = step.text("request", "headers", "Content-Type");
        Json body = step.find("request", "body").orElse(JsonObject.EMPTY);
        if (step.has("request", "text")) {
            body = YamlReader.readObjects(step.text("request", "text")).getFirst();
        }
        String plain = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
        String subresource = plain.endsWith("/status") ? "status" : "";
        String key = plain.replace("/status", "");
        if (method.equals("POST")) {
            key += "/" + body.text("metadata", "name");
        }
        JsonObject live = objects.getOrDefault(key, JsonObject.EMPTY);
        Json kind = body.has("kind") ? body : live;
        ApiResource resource =
                ApiCatalog.builtIn()
                        .ofKind(kind.text("apiVersion"), kind.text("kind"))
                        .orElseThrow();
        SchemaType type = resource.schema();
        boolean apply = mediaType.startsWith("application/apply");
        String manager =
                path.contains("fieldManager=") ? parameter(path, "fieldManager") : "replay";
        Operation operation = apply ? Operation.APPLY : Operation.UPDATE;
        Writer writer = new Writer(manager, operation, kind.text("apiVersion"), subresource);
        FieldSet untouchable = ManagedFields.untouchable(resource, subresource);
        JsonObject written;
        if (apply) {
            OnConflict onConflict =
                    path.contains("force=true") ? OnConflict.FORCE : OnConflict.REFUSE;
            JsonObject config = (JsonObject) body;
            written =
                    ServerSideApply.apply(live, config, type, writer, onConflict, untouchable, NOW);
            written = Defaults.apply(ObjectDecoder.decode(written, type).tree(), resource);
        } else {
            JsonObject after =
                    switch (mediaType) {
                        case "application/json-patch+json" -> JsonPatch.apply(live, body);
                        case "application/merge-patch+json" ->
                                MergePatch.apply(live, (JsonObject) body);
                        default -> (JsonObject) body;
                    };
            JsonObject completed =
                    Defaults.apply(ObjectDecoder.decode(after, type).tree(), resource);
            written = ManagedFields.afterUpdate(live, completed, type, writer, untouchable, NOW);
        }
        objects.put(key, written);
        return written;
    }

    private static String parameter(String path, String name) {
        int start = path.indexOf(name + "=") + name.length() + 1;
        int end = path.indexOf('&', start);
        return path.substring(start, end < 0 ? path.length() : end);
    }

    private static String difference(Object is, Object expected) {
        return is.equals(expected) ? "" : is + "\n  recorded " + expected;
    }

    private static List<JsonObject> owners(JsonObject object) {
        return object.list("metadata", "managedFields").stream()
                .map(entry -> {
                    JsonObject owner = (JsonObject) entry;
                    return owner.has("time") ? owner.with("time", "<time>") : owner;
                })
                .sorted(Comparator.comparing(entry -> entry.text("manager")))
                .toList();
    }
}
