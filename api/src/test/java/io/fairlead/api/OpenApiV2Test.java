package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OpenApiV2Test {
    private final JsonObject document = OpenApiV2.document(ApiCatalog.builtIn());

    @Test
    void tellsMergeKeysAndReferences() {
        JsonObject spec = document.object("definitions", "io.k8s.api.core.v1.ServiceSpec");
        Json ports = spec.find("properties", "ports").orElseThrow();

        assertThat(ports.text("x-kubernetes-patch-merge-key")).isEqualTo("port");
        assertThat(ports.text("items", "$ref"))
                .isEqualTo("#/definitions/io.k8s.api.core.v1.ServicePort");
        assertThat(spec.toString()).doesNotContain("allOf").doesNotContain("components");
    }

    @Test
    void tellsWhichParametersAPatchTakes() {
        Json patch =
                document.find("paths", "/api/v1/namespaces/{namespace}/services/{name}", "patch")
                        .orElseThrow();

        assertThat(patch.list("parameters").stream().map(each -> each.text("name")))
                .contains("body", "fieldValidation", "force");
        assertThat(patch.text("x-kubernetes-group-version-kind", "kind")).isEqualTo("Service");
    }

    @Test
    void sharedOptionsBelongToEveryGroup() {
        assertThat(
                        document.list(
                                "definitions",
                                "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
                                "x-kubernetes-group-version-kind"))
                .hasSizeGreaterThan(15);
    }

    @Test
    void theProtobufFormBeginsWithItsVersion() {
        byte[] bytes = OpenApiV2Protobuf.bytes(document);

        assertThat(new String(bytes, 0, 5, StandardCharsets.ISO_8859_1)).isEqualTo("\n\u00032.0");
        assertThat(bytes).hasSizeGreaterThan(500_000);
    }
}
