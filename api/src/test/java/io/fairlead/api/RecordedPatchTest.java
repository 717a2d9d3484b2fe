package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordedPatchTest {
    @Test
    void patchesChangeObjectsAsRecorded() {
        List<String> differences = new ArrayList<>();
        int compared = 0;
        for (String name : Reference.names("cases/patch")) {
            Map<String, JsonObject> objects = new HashMap<>();
            String text = JsonWriter.text(Reference.read("cases/patch/" + name + ".json"));
            Json recorded = JsonReader.read(text.replace("<time>", "2026-01-31T12:00:00Z"));
            for (Json step : recorded.list("steps")) {
                String path = step.text("request", "path");
                long code = step.number(0, "response", "status");
                JsonObject answer = step.object("response", "body");
                if (step.text("request", "method").equals("POST")) {
                    objects.put(path + "/" + answer.text("metadata", "name"), answer);
                }
                JsonObject live = objects.get(path);
                if (!step.text("request", "method").equals("PATCH")
                        || live == null
                        || code == 415
                        || path.contains("?")
                        || !step.has("request", "body")) {
                    continue;
                }
                compared++;
                try {
                    JsonObject patched = patched(live, step);
                    if (!comparable(patched).equals(comparable(answer)) && code == 200) {
                        differences.add(
                                name + "\n  is        " + patched + "\n  should be " + answer);
                    }
                    objects.put(path, code == 200 ? answer : live);
                } catch (ApiException e) {
                    if (e.status().code() != code) {
                        differences.add(name + ": " + e.status());
                    }
                } catch (DecodingException e) {
                    if (code != 422) {
                        differences.add(name + ": " + e.getMessage());
                    }
                }
            }
        }
        assertThat(differences).isEmpty();
        assertThat(compared).isGreaterThan(15);
    }

    private static JsonObject patched(JsonObject live, Json step) {
        ApiResource resource =
                ApiCatalog.builtIn()
                        .ofKind(live.text("apiVersion"), live.text("kind"))
                        .orElseThrow();
        Json body = step.find("request", "body").orElse(JsonNull.NULL);
        JsonObject patched =
                switch (step.text("request", "headers", "Content-Type")) {
                    case "application/json-patch+json" -> JsonPatch.apply(live, body);
                    case "application/merge-patch+json" ->
                            MergePatch.apply(live, (JsonObject) body);
                    default ->
                            StrategicMergePatch.apply(live, (JsonObject) body, resource.schema());
                };
        JsonObject decoded = ObjectDecoder.decode(patched, resource.schema()).tree();
        return Defaults.apply(decoded, resource);
    }

    /// Versions, generations and status are the server's.
    private static JsonObject comparable(JsonObject object) {
        return object.without("status")
                .withoutAt("metadata", "generation")
                .withoutAt("metadata", "resourceVersion")
                .withoutAt("metadata", "creationTimestamp");
    }
}
