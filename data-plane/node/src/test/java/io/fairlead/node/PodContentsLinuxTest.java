package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodContentsLinuxTest {
    private static final String FOREVER = "sleep 3600 & trap 'exit 0' TERM; wait $!";

    private TestNode node;

    @BeforeEach
    void startNode() {
        node = TestNode.start(Map.of("echo", new EchoProgram()));
    }

    @AfterEach
    void stopNode() {
        node.close();
    }

    private static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text);
    }

    private void awaitLog(JsonObject pod, String container, String expected) {
        Await.untilAsserted(
                TestNode.LIMIT,
                () ->
                        assertThat(node.log(pod, container, 0))
                                .contains(" stdout F " + expected + "\n"));
    }

    @Test
    void showsConfigMapsSecretsAndTokensAndFollowsThem() {
        node.api.put(
                ResourceType.CONFIG_MAP,
                json(
                        "{\"metadata\":{\"name\":\"conf\",\"namespace\":\"default\"},\"data\":{\"key\":\"first\"}}"));
        node.api.put(
                ResourceType.SECRET,
                json(
                        "{\"metadata\":{\"name\":\"sec\",\"namespace\":\"default\"},\"data\":{\"pass\":\"aGlkZGVu\"}}"));
        JsonObject spec =
                json(
                        """
                        {"containers":[{"name":"main","image":"fairlead.io/busybox:1",
                          "command":["sh","-c","echo env $FROM_IMAGE $PASS $MY_IP $(X) $CPU; cat /conf/key; echo; cat /all/token; echo; cat /all/ns; echo; id -u; hostname; cat /etc/resolv.conf; while ! grep -q second /conf/key; do sleep 0.05; done; echo changed; sleep 3600"],
                          "env":[{"name":"PASS","valueFrom":{"secretKeyRef":{"name":"sec","key":"pass"}}},
                                 {"name":"MY_IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}},
                                 {"name":"X","value":"expanded"},
                                 {"name":"CPU","valueFrom":{"resourceFieldRef":{"resource":"limits.memory","divisor":"1Mi"}}}],
                          "securityContext":{"runAsUser":101},
                          "resources":{"limits":{"memory":"64Mi"}},
                          "volumeMounts":[{"name":"conf","mountPath":"/conf"},{"name":"all","mountPath":"/all","readOnly":true},{"name":"scratch","mountPath":"/scratch"}]}],
                         "volumes":[{"name":"conf","configMap":{"name":"conf"}},
                          {"name":"scratch","emptyDir":{"medium":"Memory"}},
                          {"name":"all","projected":{"sources":[{"serviceAccountToken":{"path":"token"}},
                             {"downwardAPI":{"items":[{"path":"ns","fieldRef":{"fieldPath":"metadata.namespace"}}]}}]}}]}
                        """);
        node.create(node.pod("full", spec));
        JsonObject pod = node.awaitReady("full");
        awaitLog(pod, "main", "env yes hidden " + pod.text("status", "podIP") + " expanded 64");
        awaitLog(pod, "main", "first");
        awaitLog(pod, "main", "the-token");
        awaitLog(pod, "main", "default");
        awaitLog(pod, "main", "101");
        awaitLog(pod, "main", "full");
        awaitLog(pod, "main", "nameserver 10.96.0.10");
        node.api.put(
                ResourceType.CONFIG_MAP,
                json(
                        "{\"metadata\":{\"name\":\"conf\",\"namespace\":\"default\"},\"data\":{\"key\":\"second\"}}"));
        awaitLog(pod, "main", "changed");
    }

    @Test
    void followsThePodsOwnLabels() throws Exception {
        JsonObject container =
                TestNode.container("main", "while :; do cat /told/labels; sleep 0.2; done")
                        .with(
                                "volumeMounts",
                                JsonReader.read("[{\"name\":\"told\",\"mountPath\":\"/told\"}]"));
        JsonObject spec =
                TestNode.spec(container)
                        .with(
                                "volumes",
                                JsonReader.read(
                                        """
                                        [{"name":"told","downwardAPI":{"items":[
                                          {"path":"labels","fieldRef":{"fieldPath":"metadata.labels"}}]}}]
                                        """));
        node.create(node.pod("told", spec).withAt(Json.of("first"), "metadata", "labels", "one"));
        JsonObject pod = node.awaitReady("told");
        awaitLog(pod, "main", "one=\"first\"");
        node.create(pod.withAt(Json.of("second"), "metadata", "labels", "two"));
        awaitLog(pod, "main", "two=\"second\"");
    }

    @Test
    void filesBelongToTheGroupThatThePodNames() throws Exception {
        node.api.put(
                ResourceType.SECRET,
                json(
                        """
                        {"metadata":{"namespace":"default","name":"key"},"data":{"word":"c2VzYW1l"}}
                        """));
        JsonObject container =
                TestNode.container("main", "cat /secret/word; stat -c ' %a %g' /secret/..data/word")
                        .with(
                                "volumeMounts",
                                JsonReader.read(
                                        "[{\"name\":\"secret\",\"mountPath\":\"/secret\"}]"));
        JsonObject spec =
                TestNode.spec(container)
                        .with("restartPolicy", "Never")
                        .with(
                                "securityContext",
                                JsonReader.read("{\"runAsUser\":1000,\"fsGroup\":1001}"))
                        .with(
                                "volumes",
                                JsonReader.read(
                                        "[{\"name\":\"secret\",\"secret\":{\"secretName\":\"key\",\"defaultMode\":256}}]"));
        node.create(node.pod("reader", spec));
        JsonObject pod =
                node.await("reader", seen -> seen.text("status", "phase").equals("Succeeded"));
        awaitLog(pod, "main", "sesame 440 1001");
    }

    @Test
    void showsTheFilesOfAnImage() throws Exception {
        JsonObject container =
                TestNode.container(
                                "main",
                                "/image/bin/busybox echo found; touch /image/x || echo read-only")
                        .with(
                                "volumeMounts",
                                JsonReader.read("[{\"name\":\"files\",\"mountPath\":\"/image\"}]"));
        JsonObject spec =
                TestNode.spec(container)
                        .with("restartPolicy", "Never")
                        .with(
                                "volumes",
                                JsonReader.read(
                                        """
                                        [{"name":"files","image":{"reference":"fairlead.io/busybox:1"}},
                                         {"name":"unused","image":{"reference":"nowhere.example/none:1"}}]
                                        """));
        node.create(node.pod("reader", spec));
        JsonObject pod =
                node.await("reader", seen -> seen.text("status", "phase").equals("Succeeded"));
        awaitLog(pod, "main", "found");
        awaitLog(pod, "main", "read-only");
        node.delete("reader", 0);
        node.awaitGone("reader");
        assertThat(node.settings.pod(pod.text("metadata", "uid")).top()).doesNotExist();
    }

    @Test
    void saysWhichObjectIsMissingAndGoesOnWhenItComes() {
        JsonObject spec =
                json(
                        """
                        {"containers":[{"name":"main","image":"fairlead.io/busybox:1","command":["sh","-c","sleep 3600"],
                          "env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"late","key":"a"}}}]}]}
                        """);
        node.create(node.pod("waits", spec));
        JsonObject pod =
                node.await(
                        "waits",
                        seen ->
                                !seen.list("status", "containerStatuses").isEmpty()
                                        && TestNode.status(seen, 0)
                                                .text("state", "waiting", "reason")
                                                .equals("CreateContainerConfigError"));
        assertThat(TestNode.status(pod, 0).text("state", "waiting", "message"))
                .isEqualTo("configmap \"late\" not found");
        node.api.put(
                ResourceType.CONFIG_MAP,
                json(
                        "{\"metadata\":{\"name\":\"late\",\"namespace\":\"default\"},\"data\":{\"a\":\"1\"}}"));
        node.awaitReady("waits");
    }

    @Test
    void runsInitContainersFirstAndProbesOverTheNetwork() {
        JsonObject spec =
                json(
                        """
                        {"initContainers":[{"name":"prepare","image":"fairlead.io/busybox:1","command":["sh","-c","echo hello > /www/index.html"],
                            "volumeMounts":[{"name":"www","mountPath":"/www"}]}],
                         "containers":[{"name":"main","image":"fairlead.io/busybox:1","command":["sh","-c","sleep 0.2; exec httpd -f -p 8080 -h /www"],
                            "ports":[{"name":"http","containerPort":8080}],
                            "readinessProbe":{"httpGet":{"path":"/","port":"http"},"periodSeconds":30},
                            "livenessProbe":{"tcpSocket":{"port":8080},"initialDelaySeconds":1,"periodSeconds":1},
                            "volumeMounts":[{"name":"www","mountPath":"/www"}]}],
                         "volumes":[{"name":"www","emptyDir":{}}]}
                        """);
        node.create(node.pod("served", spec));
        JsonObject pod = node.awaitReady("served");
        String address = pod.text("status", "podIP");
        Command answer =
                Command.run(
                        "nsenter",
                        "--net=" + node.settings.namespace(),
                        "--",
                        "busybox",
                        "wget",
                        "-qO-",
                        "http://" + address + ":8080/");
        assertThat(answer.succeeded().output()).isEqualTo("hello\n");
        assertThat(pod.list("status", "initContainerStatuses").getFirst().flag("ready")).isTrue();
    }

    @Test
    void endsAContainerWhoseLivenessFailsAndStartsItAgain() {
        JsonObject spec =
                json(
                        """
                        {"terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"fairlead.io/busybox:1","command":["sh","-c","%s"],
                            "livenessProbe":{"exec":{"command":["false"]},"periodSeconds":1,"failureThreshold":1}}]}
                        """
                                .formatted(FOREVER));
        node.create(node.pod("sick", spec));
        node.await(
                "sick",
                seen ->
                        !seen.list("status", "containerStatuses").isEmpty()
                                && TestNode.status(seen, 0).number(0, "restartCount") > 0);
        assertThat(node.api.all(ResourceType.EVENT))
                .anyMatch(event -> event.text("reason").equals("Unhealthy"));
    }

    @Test
    void runsProgramsInsideThisOne() throws Exception {
        JsonObject container =
                JsonObject.of(
                        "name", Json.of("main"), "image", Json.of("fairlead.io/in-process/echo"));
        node.create(node.pod("inside", TestNode.spec(container)));
        JsonObject pod = node.awaitReady("inside");
        awaitLog(pod, "main", "listening");
        try (NetworkNamespace namespace = NetworkNamespace.open(node.settings.namespace());
                DatagramChannel socket = namespace.openDatagramChannel()) {
            socket.connect(new InetSocketAddress(pod.text("status", "podIP"), 5000));
            socket.write(ByteBuffer.wrap("ping".getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(100);
            socket.read(answer);
            assertThat(StandardCharsets.UTF_8.decode(answer.flip()).toString())
                    .isEqualTo("inside got ping");
        }
        node.delete("inside", 5);
        node.awaitGone("inside");
    }

    @Test
    void noticesWhatEndedWhileItWasAway() {
        node.create(node.pod("lost", TestNode.spec(TestNode.container("main", FOREVER))));
        JsonObject pod = node.awaitReady("lost");
        node.agent.close();
        String uid = pod.text("metadata", "uid");
        node.groups.kill(node.settings.cgroup() + "/" + uid);
        Await.until(
                TestNode.LIMIT,
                () -> node.groups.processes(node.settings.cgroup() + "/" + uid).isEmpty());
        node.agent = node.newAgent();
        node.agent.start();
        JsonObject after =
                node.await("lost", seen -> TestNode.status(seen, 0).number(0, "restartCount") == 1);
        assertThat(TestNode.status(after, 0).number(0, "lastState", "terminated", "exitCode"))
                .isEqualTo(137);
    }

    @Test
    void removesPodsThatWentWhileItWasAway() {
        node.create(node.pod("gone", TestNode.spec(TestNode.container("main", FOREVER))));
        JsonObject pod = node.awaitReady("gone");
        node.agent.close();
        node.api.remove(ResourceType.POD, new ObjectName("default", "gone"));
        node.agent = node.newAgent();
        node.agent.start();
        PodFolders folders = node.settings.pod(pod.text("metadata", "uid"));
        Await.untilAsserted(
                TestNode.LIMIT,
                () -> {
                    assertThat(folders.top()).doesNotExist();
                    assertThat(folders.namespace()).doesNotExist();
                });
    }
}
