package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UpdateValidationTest {
    /// Decided by the server's strategies, or by rules that do not exist yet.
    private static final Set<String> ELSEWHERE =
            Set.of("dry-run", "metadata-immutable", "pvc-resize", "job-immutable");

    @Test
    void changesAreRefusedAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (String name : Reference.names("cases/updates")) {
            Map<String, JsonObject> objects = new HashMap<>();
            String text = JsonWriter.text(Reference.read("cases/updates/" + name + ".json"));
            // What is different each time is recorded as a word in brackets.
            Json recorded =
                    JsonReader.read(
                            text.replace("<rand>", "x7k2p")
                                    .replace("<clusterIP>", "10.96.0.77")
                                    .replace("{ip}", "10.96.0.77"));
            for (Json step : recorded.list("steps")) {
                String difference = ELSEWHERE.contains(name) ? "" : play(step, objects);
                if (!difference.isEmpty()) {
                    differences.add(name + ": " + difference);
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    private static String play(Json step, Map<String, JsonObject> objects) {
        String method = step.text("request", "method");
        String path = step.text("request", "path");
        boolean written = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
        boolean invalid = step.text("response", "body", "reason").equals("Invalid");
        long code = step.number(0, "response", "status");
        if (!written || (code >= 400 && !invalid)) {
            return "";
        }
        boolean status = path.endsWith("/status");
        JsonObject body = step.object("request", "body");
        String key = path.replace("/status", "");
        if (method.equals("POST")) {
            objects.put(key + "/" + body.text("metadata", "name"), step.object("response", "body"));
            return "";
        }
        JsonObject before = objects.get(key);
        if (before == null) {
            return "";
        }
        ApiResource resource =
                ApiCatalog.builtIn()
                        .ofKind(before.text("apiVersion"), before.text("kind"))
                        .orElseThrow();
        JsonObject patched =
                switch (step.text("request", "headers", "Content-Type")) {
                    case "application/strategic-merge-patch+json" ->
                            StrategicMergePatch.apply(before, body, resource.schema());
                    default -> MergePatch.apply(before, body);
                };
        JsonObject after = Defaults.apply(patched, resource);
        List<FieldError> errors =
                status
                        ? Validation.ofStatus(before, after, resource)
                        : Validation.ofUpdate(before, after, resource);
        if (!invalid) {
            objects.put(key, step.object("response", "body"));
            return errors.isEmpty() ? "" : "refused: " + errors;
        }
        List<String> is = errors.stream().map(error -> error.field() + error.reason()).toList();
        List<String> expected =
                step.list("response", "body", "details", "causes").stream()
                        .map(cause -> cause.text("field") + cause.text("reason"))
                        .toList();
        return is.equals(expected) ? "" : errors + " but recorded " + expected;
    }
}
