package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PatchTest {
    private static final SchemaType SERVICE = SchemaType.named("io.k8s.api.core.v1.Service");
    private static final SchemaType DEPLOYMENT = SchemaType.named("io.k8s.api.apps.v1.Deployment");

    @Test
    void jsonPatchAppliesEveryOperation() {
        JsonObject patched =
                JsonPatch.apply(
                        json("{data: {a: '1', b: '2'}, l: [1, 2], m: {x: y}}"),
                        YamlReader.readAll(
                                        """
                                        - {op: test, path: /data/a, value: '1'}
                                        - {op: replace, path: /data/a, value: '9'}
                                        - {op: copy, from: /data/b, path: /data/d}
                                        - {op: move, from: /data/b, path: /data/e~1f}
                                        - {op: remove, path: /m}
                                        - {op: add, path: /l/0, value: 0}
                                        - {op: add, path: /l/-, value: 3}
                                        - {op: remove, path: /l/1}
                                        """)
                                .getFirst());
        assertThat(patched).isEqualTo(json("{data: {a: '9', d: '2', e/f: '2'}, l: [0, 2, 3]}"));
    }

    @Test
    void jsonPatchRefusesWhatDoesNotFit() {
        for (String operation :
                new String[] {
                    "{op: remove, path: /zz}",
                    "{op: add, path: /nope/x, value: 1}",
                    "{op: test, path: /a, value: 7}",
                    "{op: jump, path: /a}",
                    "{op: remove, path: /l/9}"
                }) {
            Json patch = JsonArray.of(json(operation));
            assertThatThrownBy(() -> JsonPatch.apply(json("{a: 1, l: [1]}"), patch))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status().code()).isEqualTo(422));
        }
    }

    @Test
    void mergePatchDeletesByNullAndReplacesLists() {
        assertThat(
                        MergePatch.apply(
                                json("{a: 1, b: {c: 2, d: 3}, l: [1, 2]}"),
                                json("{a: ~, b: {c: ~, e: {f: ~, g: 1}}, l: [3]}")))
                .isEqualTo(json("{b: {d: 3, e: {g: 1}}, l: [3]}"));
    }

    @Test
    void servicePortsMergeByPort() {
        assertThat(
                        strategic(
                                "{spec: {ports: [{name: a, port: 80}, {name: b, port: 81}]}}",
                                "{spec: {ports: [{port: 81, targetPort: 9090}, {name: c, port:"
                                        + " 82}]}}"))
                .isEqualTo(
                        json(
                                "{spec: {ports: [{name: a, port: 80}, {name: b, port: 81,"
                                        + " targetPort: 9090}, {name: c, port: 82}]}}"));
    }

    @Test
    void directivesDeleteReplaceAndOrder() {
        String ports =
                "{spec: {ports: [{name: a, port: 80}, {name: b, port: 81}, {name: c, port: 82}]}}";
        assertThat(strategic(ports, "{spec: {ports: [{$patch: delete, port: 80}]}}"))
                .isEqualTo(json("{spec: {ports: [{name: b, port: 81}, {name: c, port: 82}]}}"));
        assertThat(strategic(ports, "{spec: {ports: [{name: z, port: 99}, {$patch: replace}]}}"))
                .isEqualTo(json("{spec: {ports: [{name: z, port: 99}]}}"));
        assertThat(
                        strategic(
                                ports,
                                "{spec: {$setElementOrder/ports: [{port: 82}, {port: 83}, {port:"
                                        + " 80}, {port: 81}], ports: [{name: d, port: 83}]}}"))
                .isEqualTo(
                        json(
                                "{spec: {ports: [{name: c, port: 82}, {name: d, port: 83}, {name:"
                                        + " a, port: 80}, {name: b, port: 81}]}}"));
        assertThat(
                        strategic(
                                "{spec: {selector: {a: b}}}",
                                "{spec: {selector: {$patch: replace, c: d}}}"))
                .isEqualTo(json("{spec: {selector: {c: d}}}"));
    }

    @Test
    void primitivesAreDeletedAndAddedInOnePatch() {
        assertThat(
                        strategic(
                                "{metadata: {finalizers: [a/a, b/b]}}",
                                "{metadata: {$deleteFromPrimitiveList/finalizers: [a/a],"
                                        + " finalizers: [c/c]}}"))
                .isEqualTo(json("{metadata: {finalizers: [c/c, b/b]}}"));
    }

    @Test
    void retainKeysClearsTheOtherMembers() {
        assertThat(
                        StrategicMergePatch.apply(
                                json(
                                        "{spec: {strategy: {type: RollingUpdate, rollingUpdate:"
                                                + " {maxSurge: 1}}}}"),
                                json("{spec: {strategy: {$retainKeys: [type], type: Recreate}}}"),
                                DEPLOYMENT))
                .isEqualTo(json("{spec: {strategy: {type: Recreate}}}"));
    }

    @Test
    void containersMergeDeeply() {
        assertThat(
                        StrategicMergePatch.apply(
                                json(
                                        "{spec: {template: {spec: {containers: [{name: a, image: x,"
                                                + " env: [{name: E, value: '1'}], args: [q]}, {name:"
                                                + " b}]}}}}"),
                                json(
                                        "{spec: {template: {spec: {$setElementOrder/containers:"
                                                + " [{name: a}], containers: [{name: a, image: y, env:"
                                                + " [{name: F, value: '2'}], args: [r], command:"
                                                + " ~}]}}}}"),
                                DEPLOYMENT))
                .isEqualTo(
                        json(
                                "{spec: {template: {spec: {containers: [{name: a, image: y, env:"
                                        + " [{name: F, value: '2'}, {name: E, value: '1'}], args: [r]},"
                                        + " {name: b}]}}}}"));
    }

    @Test
    void refusesUnknownDirectivesAndMissingKeys() {
        for (String patch :
                new String[] {
                    "{spec: {ports: [{$patch: explode, port: 80}]}}", "{spec: {ports: [{name: x}]}}"
                }) {
            assertThatThrownBy(() -> strategic("{spec: {ports: [{port: 80}]}}", patch))
                    .isInstanceOf(ApiException.class);
        }
    }

    private static JsonObject strategic(String current, String patch) {
        return StrategicMergePatch.apply(json(current), json(patch), SERVICE);
    }

    private static JsonObject json(String yaml) {
        return (JsonObject) YamlReader.readAll(yaml).getFirst();
    }
}
