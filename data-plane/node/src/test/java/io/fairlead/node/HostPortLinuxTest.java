package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Packets to a node's ports that lead to its pods, from everywhere they can come from.
class HostPortLinuxTest {
    private static final String ADDRESS = "172.30.99.11";
    private static final String WHO =
            "mkdir -p /tmp/cgi-bin; printf '#!/bin/sh\\necho\\necho NAME $(echo $REMOTE_ADDR | tr -d []:f)\\n'"
                    + " > /tmp/cgi-bin/who; chmod +x /tmp/cgi-bin/who; ";

    private TestNode node;
    private Path outside;

    @BeforeEach
    void startNode() {
        node = TestNode.start(Map.of("echo", new EchoProgram()));
        outside = node.run.resolve("outside");
        NetworkNamespace.create(outside).close();
        in(
                node.settings.namespace(),
                "ip link add to-out type veth peer name to-node netns " + outside);
        in(node.settings.namespace(), "ip address add " + ADDRESS + "/24 dev to-out");
        in(node.settings.namespace(), "ip link set to-out up");
        in(outside, "ip address add 172.30.99.99/24 dev to-node");
        in(outside, "ip link set to-node up");
    }

    @AfterEach
    void stopNode() {
        NetworkNamespace.delete(outside);
        node.close();
    }

    @Test
    void leadsFromEverySideToThePod() {
        JsonObject first = create("first", 8080, "{\"containerPort\":8080,\"hostPort\":18080}");
        JsonObject second = create("second", 8081, "{\"containerPort\":8081,\"hostPort\":18081}");
        Path own = node.settings.namespace();
        assertThat(get(outside, ADDRESS + ":18080")).isEqualTo("first 172.30.99.99");
        assertThat(get(outside, ADDRESS + ":18081")).isEqualTo("second 172.30.99.99");
        assertThat(get(own, "127.0.0.1:18080")).startsWith("first ");
        assertThat(get(own, ADDRESS + ":18080")).startsWith("first ");
        assertThat(get(sandbox(second), ADDRESS + ":18080")).startsWith("first ");
        assertThat(get(sandbox(first), ADDRESS + ":18080")).startsWith("first ");
        node.restartAgent();
        assertThat(get(outside, ADDRESS + ":18080")).isEqualTo("first 172.30.99.99");
        node.delete("first", 0);
        node.awaitGone("first");
        Await.untilAsserted(
                TestNode.LIMIT,
                () -> assertThat(get(outside, ADDRESS + ":18080")).isEqualTo("refused"));
        assertThat(get(outside, ADDRESS + ":18081")).isEqualTo("second 172.30.99.99");
    }

    @Test
    void keepsToTheAddressThatIsAskedFor() {
        create(
                "local",
                8080,
                "{\"containerPort\":8080,\"hostPort\":18080,\"hostIP\":\"127.0.0.1\"}");
        create(
                "address",
                8080,
                "{\"containerPort\":8080,\"hostPort\":18080,\"hostIP\":\"%s\"}".formatted(ADDRESS));
        assertThat(get(node.settings.namespace(), "127.0.0.1:18080")).startsWith("local ");
        assertThat(get(outside, ADDRESS + ":18080")).startsWith("address ");
    }

    @Test
    void aReplacedPodGetsTheDatagramsOfOldClients() throws IOException {
        try (NetworkNamespace client = NetworkNamespace.open(outside);
                DatagramChannel socket = client.openDatagramChannel()) {
            socket.configureBlocking(false);
            socket.connect(new InetSocketAddress(ADDRESS, 15353));
            createEcho("first");
            awaitAnswer(socket, "first got ?");
            node.delete("first", 0);
            node.awaitGone("first");
            createEcho("second");
            awaitAnswer(socket, "second got ?");
        }
    }

    private static void awaitAnswer(DatagramChannel socket, String expected) {
        ByteBuffer answer = ByteBuffer.allocate(100);
        Await.untilAsserted(
                TestNode.LIMIT,
                () -> {
                    try {
                        socket.write(ByteBuffer.wrap(new byte[] {'?'}));
                        socket.read(answer.clear());
                    } catch (PortUnreachableException e) {
                        answer.clear();
                    }
                    assertThat(StandardCharsets.UTF_8.decode(answer.flip()).toString())
                            .isEqualTo(expected);
                });
    }

    private void createEcho(String name) {
        JsonObject container =
                JsonObject.of(
                        "name",
                        Json.of("main"),
                        "image",
                        Json.of("fairlead.io/in-process/echo"),
                        "ports",
                        array("{\"containerPort\":5000,\"hostPort\":15353,\"protocol\":\"UDP\"}"));
        node.create(node.pod(name, TestNode.spec(container)));
        node.awaitReady(name);
    }

    private JsonObject create(String name, int port, String opening) {
        JsonObject container =
                TestNode.container(
                                "main",
                                WHO.replace("NAME", name) + "exec httpd -f -p " + port + " -h /tmp")
                        .with("ports", array(opening));
        node.create(node.pod(name, TestNode.spec(container)));
        JsonObject pod = node.awaitReady(name);
        Await.untilAsserted(
                TestNode.LIMIT,
                () ->
                        assertThat(
                                        get(
                                                node.settings.namespace(),
                                                pod.text("status", "podIP") + ":" + port))
                                .startsWith(name));
        return pod;
    }

    private static Json array(String element) {
        return FakeApi.array(JsonReader.read(element));
    }

    private Path sandbox(JsonObject pod) {
        return node.settings.pod(pod.text("metadata", "uid")).namespace();
    }

    /// @return what is answered, in one line; `refused` when nobody listens
    private static String get(Path namespace, String address) {
        Command result =
                in(namespace, "curl", "-s", "-m", "3", "http://" + address + "/cgi-bin/who");
        return result.exitStatus() == 7 ? "refused" : result.output().strip();
    }

    private static Command in(Path namespace, String command) {
        return in(namespace, command.split(" ")).succeeded();
    }

    private static Command in(Path namespace, String... command) {
        String[] all = new String[command.length + 2];
        all[0] = "nsenter";
        all[1] = "--net=" + namespace;
        System.arraycopy(command, 0, all, 2, command.length);
        return Command.run(all);
    }
}
