package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.YamlReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeconfigTest {
    private static final Kubeconfig FAIRLEAD =
            Kubeconfig.of(
                    "fairlead",
                    new Kubeconfig.Access(
                            URI.create("https://127.0.0.1:6443"), "CA", "CERT", "KEY", ""));

    @TempDir Path folder;

    @Test
    void isMadeWhereThereIsNone() throws IOException {
        Path file = folder.resolve("new/config");
        Kubeconfig.merge(file, FAIRLEAD);

        assertThat(Kubeconfig.read(file).current())
                .isEqualTo(
                        new Kubeconfig.Access(
                                URI.create("https://127.0.0.1:6443"), "CA", "CERT", "KEY", ""));
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void keepsEverythingElseOfTheFile() throws IOException {
        Path file = folder.resolve("config");
        Files.writeString(
                file,
                """
                apiVersion: v1
                kind: Config
                preferences: {colors: true}
                clusters: [{name: work, cluster: {server: "https://work:1"}}]
                users: [{name: me, user: {token: secret}}]
                contexts: [{name: work, context: {cluster: work, user: me, namespace: team}}]
                current-context: work
                """);
        Kubeconfig.merge(file, FAIRLEAD);
        Kubeconfig.merge(file, FAIRLEAD);
        assertThat(Kubeconfig.read(file).tree().list("contexts")).hasSize(2);
        assertThat(Kubeconfig.read(file).tree().text("current-context")).isEqualTo("fairlead");

        Kubeconfig.remove(file, "fairlead");
        assertThat(Kubeconfig.read(file).tree().without("current-context"))
                .isEqualTo(
                        YamlReader.readObject(
                                """
                                apiVersion: v1
                                kind: Config
                                preferences: {colors: true}
                                clusters: [{name: work, cluster: {server: "https://work:1"}}]
                                users: [{name: me, user: {token: secret}}]
                                contexts: [{name: work, context: {cluster: work, user: me, namespace: team}}]
                                """
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void readsFilesBesideIt() throws IOException {
        Files.writeString(folder.resolve("ca.pem"), "AUTHORITY");
        Path file = folder.resolve("config");
        Files.writeString(
                file,
                """
                clusters: [{name: c, cluster: {server: "https://h:1", certificate-authority: ca.pem}}]
                users: [{name: u, user: {token: t}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                current-context: x
                """);

        assertThat(Kubeconfig.read(file).current().authorityPem()).isEqualTo("AUTHORITY");
    }

    @Test
    void aBrokenFileIsNamedInOneSentence() throws IOException {
        Path file = folder.resolve("config");
        for (String text : new String[] {"clusters: [", "- a", "clusters: 3", "\0"}) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> Kubeconfig.read(file))
                    .isInstanceOf(KubeconfigException.class)
                    .hasMessageContaining(file.toString());
        }
        Files.writeString(file, "");
        assertThatThrownBy(() -> Kubeconfig.read(file).current()).hasMessageContaining("contexts");
    }
}
