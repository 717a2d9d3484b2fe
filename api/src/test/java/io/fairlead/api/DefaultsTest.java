package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefaultsTest {
    /// What the server adds that a pure function cannot know.
    private static final String[][] OF_THE_SERVER = {
        {"metadata"},
        {"spec", "clusterIP"},
        {"spec", "clusterIPs"},
        {"spec", "ipFamilies"},
        {"spec", "ipFamilyPolicy"},
        {"spec", "healthCheckNodePort"},
        {"spec", "finalizers"},
        {"spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"},
        {"spec", "serviceAccount"},
        {"spec", "serviceAccountName"},
        {"spec", "tolerations"},
        {"spec", "priority"},
        {"spec", "preemptionPolicy"},
    };

    @Test
    void objectsAreCompletedAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (RecordedCase recorded : RecordedCase.ofArea("defaulting")) {
            if (recorded.method().equals("POST") && recorded.status() == 201) {
                ApiResource resource = recorded.resource();
                JsonObject decoded =
                        ObjectDecoder.decode(recorded.request(), resource.schema()).tree();
                JsonObject completed = comparable(Defaults.apply(decoded, resource));
                JsonObject expected = comparable(recorded.answer());
                if (!completed.equals(expected)) {
                    differences.add(
                            "%s\n  is        %s\n  should be %s"
                                    .formatted(recorded.name(), completed, expected));
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void completingTwiceChangesNothing() {
        for (RecordedCase recorded : RecordedCase.ofArea("defaulting")) {
            if (recorded.method().equals("POST") && recorded.status() == 201) {
                ApiResource resource = recorded.resource();
                JsonObject once = Defaults.apply(recorded.request(), resource);
                assertThat(Defaults.apply(once, resource)).as(recorded.name()).isEqualTo(once);
            }
        }
    }

    private static JsonObject comparable(JsonObject object) {
        JsonObject stripped = object;
        for (String[] path : OF_THE_SERVER) {
            stripped = stripped.withoutAt(path);
        }
        if (object.text("kind").equals("Job")) {
            stripped =
                    stripped.withoutAt("spec", "template", "metadata")
                            .withoutAt("spec", "selector");
        }
        if (object.text("kind").equals("Service")) {
            stripped =
                    TreeEdits.editEach(stripped, port -> port.without("nodePort"), "spec", "ports");
        }
        if (object.text("kind").equals("Pod")) {
            stripped = TreeEdits.edit(stripped, DefaultsTest::withoutToken, "spec");
        }
        return stripped;
    }

    /// Admission mounts the service account's token.
    private static JsonObject withoutToken(JsonObject spec) {
        JsonObject stripped = spec.with("volumes", withoutToken(spec.list("volumes")));
        for (String containers : List.of("containers", "initContainers")) {
            stripped =
                    TreeEdits.editEach(
                            stripped,
                            container ->
                                    container.with(
                                            "volumeMounts",
                                            withoutToken(container.list("volumeMounts"))),
                            containers);
        }
        return stripped;
    }

    private static JsonArray withoutToken(List<Json> items) {
        return new JsonArray(
                items.stream()
                        .filter(item -> !item.text("name").startsWith("kube-api-access"))
                        .toList());
    }
}
