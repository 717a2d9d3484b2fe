package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    @ParameterizedTest
    @CsvSource({
        "nginx, docker.io/library/nginx:latest",
        "nginx:1.27, docker.io/library/nginx:1.27",
        "index.docker.io/nginx, docker.io/library/nginx:latest",
        "grafana/loki:3, docker.io/grafana/loki:3",
        "localhost/app, localhost/app:latest",
        "localhost:5000/a/b:v1, localhost:5000/a/b:v1",
        "registry.k8s.io/pause:3.10, registry.k8s.io/pause:3.10",
        "fairlead.io/in-process/dns, fairlead.io/in-process/dns:latest",
    })
    void fillsInWhatIsLeftOut(String text, String whole) {
        assertThat(ImageReference.parse(text)).hasToString(whole);
    }

    @Test
    void keepsADigestAndAddsNoTagToIt() {
        String digest = "sha256:" + "0123456789abcdef".repeat(4);
        assertThat(ImageReference.parse("nginx@" + digest))
                .hasToString("docker.io/library/nginx@" + digest)
                .matches(reference -> !reference.isLatest());
        assertThat(ImageReference.parse("nginx:1@" + digest).manifestName()).isEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Nginx",
                "a//b",
                "nginx:",
                "nginx:-x",
                "nginx@sha256:12",
                "-host.x/a",
                "a b"
            })
    void refusesWhatNamesNoImage(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names no image");
    }
}
