package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodIdentityTest {
    private static final Map<String, String> VARIABLES =
            Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "6443");

    @TempDir Path folder;

    @Test
    void takesTheTokenAsItIsNow() throws Exception {
        Files.writeString(folder.resolve("ca.crt"), "authority");
        Files.writeString(folder.resolve("token"), "first\n");
        PodIdentity pod = PodIdentity.of(folder, VARIABLES);
        assertThat(pod.server()).hasToString("https://[fd00::1]:6443");
        assertThat(pod.authorityPem()).isEqualTo("authority");
        Supplier<String> token = pod.token();
        assertThat(token.get()).isEqualTo("first");
        Files.writeString(folder.resolve("token"), "second");
        assertThat(token.get()).isEqualTo("second");
        Files.delete(folder.resolve("token"));
        assertThat(token.get()).isEqualTo("second");
    }

    @Test
    void saysThatThisIsNoPod() {
        assertThatThrownBy(() -> PodIdentity.of(folder, VARIABLES))
                .isInstanceOf(KubeconfigException.class)
                .hasMessageContaining("--kubeconfig");
    }
}
