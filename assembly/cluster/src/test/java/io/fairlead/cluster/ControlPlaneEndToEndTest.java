package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.Deployment;
import io.fairlead.api.EndpointSlice;
import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.apiserver.ApiServer;
import io.fairlead.apiserver.ApiServerRuntime;
import io.fairlead.apiserver.ApiServerSettings;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.User;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Deletion;
import io.fairlead.client.Deletion.Propagation;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.controllers.ControllerSet;
import io.fairlead.controllers.Controllers;
import io.fairlead.scheduler.Scheduler;
import io.fairlead.store.InMemoryStore;
import io.fairlead.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The real API server, controllers and scheduler; nodes are pretended.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ControlPlaneEndToEndTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Execution execution = Execution.create();
    private ApiServer server;
    private Controllers controllers;
    private ClusterWatcher schedulersView;
    private PretendedNode node;
    private KubeClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        SecureRandom secrets = new SecureRandom();
        CertificateAuthority authority =
                CertificateAuthority.open(folder, "test-ca", execution.clock(), secrets);
        server =
                new ApiServer(
                        ApiServerSettings.of(
                                folder,
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                new InetSocketAddress("192.0.2.1", 6443)),
                        new InMemoryStore<>(),
                        authority,
                        (name, address) -> {
                            throw new IOException("no node " + name + " at " + address);
                        },
                        new ApiServerRuntime(
                                execution.clock(),
                                execution.tasks(),
                                execution.timer(),
                                execution.threads(),
                                execution.random(),
                                secrets));
        server.start();
        Transport transport = server.transport(User.of("system:test", "system:masters"));
        client = new KubeClient(transport);
        controllers =
                new Controllers(
                        java.util.Set.of(),
                        name -> server.transport(User.serviceAccount("kube-system", name)),
                        transport,
                        ApiCatalog.builtIn(),
                        "certificate",
                        List.of(),
                        new ControllerSet.Surroundings(
                                execution.clock(), execution.tasks(), execution.timer()));
        controllers.start();
        schedulersView =
                new ClusterWatcher(
                        transport,
                        List.of(Watched.all(ResourceType.POD), Watched.all(ResourceType.NODE)),
                        execution.tasks(),
                        execution.timer());
        new Scheduler(
                        client,
                        new EventRecorder(
                                client,
                                "default-scheduler",
                                "",
                                execution.clock(),
                                execution.tasks()),
                        execution.clock(),
                        execution.tasks(),
                        execution.timer(),
                        execution.random())
                .follow(schedulersView);
        schedulersView.start();
        node = new PretendedNode(client, execution);
        node.start();
        for (int i = 1; i <= 3; i++) {
            create(
                    """
                    apiVersion: v1
                    kind: Node
                    metadata: {name: node-%d}
                    status:
                      allocatable: {cpu: "4", memory: 8Gi, pods: "110"}
                      capacity: {cpu: "4", memory: 8Gi, pods: "110"}
                      conditions: [{type: Ready, status: "True"}]
                    """
                            .formatted(i));
        }
    }

    @AfterAll
    void end() {
        node.close();
        schedulersView.close();
        controllers.close();
        server.close();
        execution.close();
    }

    private JsonObject create(String yaml) {
        JsonObject object = (JsonObject) YamlReader.readAll(yaml).getFirst();
        ResourceType type =
                ApiCatalog.builtIn()
                        .ofKind(object.text("apiVersion"), object.text("kind"))
                        .orElseThrow()
                        .type();
        return client.create(type, object);
    }

    private String namespace(String name) {
        create("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + "}}");
        return name;
    }

    private ObjectName deployment(String namespace, int replicas) {
        create(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: %s}
                spec:
                  replicas: %d
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: main, image: web:1, ports: [{containerPort: 8080}]}]}
                """
                        .formatted(namespace, replicas));
        return new ObjectName(namespace, "web");
    }

    private List<Pod> pods(String namespace) {
        return client.list(ResourceType.POD, namespace).items().stream().map(Pod::new).toList();
    }

    private void awaitAvailable(ObjectName name, int replicas) {
        Await.untilAsserted(
                LIMIT,
                () -> {
                    Deployment seen = new Deployment(client.get(ResourceType.DEPLOYMENT, name));
                    assertThat(seen.observedGeneration()).isEqualTo(seen.generation());
                    JsonObject status = seen.tree().object("status");
                    assertThat(status.number(0, "replicas")).as("%s", status).isEqualTo(replicas);
                    assertThat(status.number(0, "updatedReplicas"))
                            .as("%s", status)
                            .isEqualTo(replicas);
                    assertThat(status.number(0, "availableReplicas"))
                            .as("%s", status)
                            .isEqualTo(replicas);
                });
    }

    @Test
    void deploymentsPodsSpreadOverNodesAndStandBehindTheirService() {
        String namespace = namespace("spread");
        create(
                "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: spread}, spec:"
                        + " {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}");
        ObjectName name = deployment(namespace, 3);
        awaitAvailable(name, 3);

        assertThat(pods(namespace).stream().map(Pod::nodeName).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("node-1", "node-2", "node-3");
        Await.untilAsserted(
                LIMIT,
                () -> {
                    List<JsonObject> slices =
                            client.list(ResourceType.ENDPOINT_SLICE, namespace).items();
                    assertThat(slices).hasSize(1);
                    assertThat(new EndpointSlice(slices.getFirst()).endpoints()).hasSize(3);
                    JsonObject endpoints = client.get(ResourceType.ENDPOINTS, name);
                    assertThat(endpoints.list("subsets").getFirst().list("addresses")).hasSize(3);
                });
        Await.untilAsserted(
                LIMIT,
                () ->
                        assertThat(client.list(ResourceType.EVENT, namespace).items())
                                .extracting(event -> event.text("reason"))
                                .contains("ScalingReplicaSet", "SuccessfulCreate", "Scheduled"));
        assertThat(client.get(ResourceType.DEPLOYMENT, name).list("status", "conditions"))
                .hasSize(2);
    }

    @Test
    void rollsToANewTemplateAndBack() {
        String namespace = namespace("roll");
        ObjectName name = deployment(namespace, 4);
        awaitAvailable(name, 4);
        client.patch(
                ResourceType.DEPLOYMENT,
                name,
                ApiRequest.JSON_PATCH,
                YamlReader.readAll(
                                "[{op: replace, path: /spec/template/spec/containers/0/image,"
                                        + " value: \"web:2\"}]")
                        .getFirst());
        awaitAvailable(name, 4);
        Await.untilAsserted(
                LIMIT,
                () ->
                        assertThat(pods(namespace))
                                .hasSize(4)
                                .allMatch(pod ->
                                        pod.containers().getFirst().text("image").equals("web:2")));
        assertThat(client.list(ResourceType.REPLICA_SET, namespace).items()).hasSize(2);
        assertThat(new GenericObject(client.get(ResourceType.DEPLOYMENT, name)).annotations())
                .containsEntry(Deployment.REVISION, "2");
    }

    @Test
    void replacesAPodThatIsDeleted() {
        String namespace = namespace("heal");
        ObjectName name = deployment(namespace, 2);
        awaitAvailable(name, 2);
        Pod first = pods(namespace).getFirst();
        client.delete(ResourceType.POD, first.objectName(), Deletion.of(first));
        Await.untilAsserted(
                LIMIT,
                () ->
                        assertThat(pods(namespace))
                                .hasSize(2)
                                .noneMatch(pod -> pod.uid().equals(first.uid()))
                                .allMatch(Pod::isReady));
    }

    @Test
    void dependentsGoWithTheirOwner() {
        String namespace = namespace("owned");
        ObjectName name = deployment(namespace, 2);
        awaitAvailable(name, 2);
        client.delete(ResourceType.DEPLOYMENT, name, Deletion.PLAIN.with(Propagation.FOREGROUND));
        Await.untilAsserted(
                LIMIT,
                () -> {
                    assertThat(client.find(ResourceType.DEPLOYMENT, name)).isEmpty();
                    assertThat(client.list(ResourceType.REPLICA_SET, namespace).items()).isEmpty();
                    assertThat(pods(namespace)).isEmpty();
                });

        deployment(namespace, 2);
        awaitAvailable(name, 2);
        client.delete(ResourceType.DEPLOYMENT, name, Deletion.PLAIN);
        Await.untilAsserted(
                LIMIT,
                () -> {
                    assertThat(client.list(ResourceType.REPLICA_SET, namespace).items()).isEmpty();
                    assertThat(pods(namespace)).isEmpty();
                });
    }

    @Test
    void orphansStayAndAreAdoptedAgain() {
        String namespace = namespace("orphans");
        ObjectName name = deployment(namespace, 2);
        awaitAvailable(name, 2);
        client.delete(ResourceType.DEPLOYMENT, name, Deletion.PLAIN.with(Propagation.ORPHAN));
        Await.untilAsserted(
                LIMIT,
                () -> {
                    assertThat(client.find(ResourceType.DEPLOYMENT, name)).isEmpty();
                    assertThat(client.list(ResourceType.REPLICA_SET, namespace).items())
                            .allMatch(set -> new ReplicaSet(set).controllerReference().isEmpty());
                });
        List<String> before = pods(namespace).stream().map(Pod::uid).sorted().toList();
        deployment(namespace, 2);
        awaitAvailable(name, 2);
        assertThat(pods(namespace).stream().map(Pod::uid).sorted().toList()).isEqualTo(before);
    }

    @Test
    void namespacesAreFilledAndEmptied() {
        String namespace = namespace("emptied");
        Await.untilAsserted(
                LIMIT,
                () -> {
                    assertThat(
                                    client.find(
                                            ResourceType.SERVICE_ACCOUNT,
                                            new ObjectName(namespace, "default")))
                            .isPresent();
                    assertThat(
                                    client.get(
                                                    ResourceType.CONFIG_MAP,
                                                    new ObjectName(namespace, "kube-root-ca.crt"))
                                            .text("data", "ca.crt"))
                            .isEqualTo("certificate");
                });
        ObjectName name = deployment(namespace, 2);
        awaitAvailable(name, 2);
        client.delete(ResourceType.NAMESPACE, ObjectName.clusterWide(namespace), Deletion.PLAIN);
        Await.untilAsserted(
                LIMIT,
                () ->
                        assertThat(
                                        client.find(
                                                ResourceType.NAMESPACE,
                                                ObjectName.clusterWide(namespace)))
                                .isEmpty());
    }

    @Test
    void aPodThatFitsNowhereIsToldWhy() {
        String namespace = namespace("unfit");
        Await.untilAsserted(
                LIMIT,
                () ->
                        client.get(
                                ResourceType.SERVICE_ACCOUNT,
                                new ObjectName(namespace, "default")));
        create(
                "{apiVersion: v1, kind: Pod, metadata: {name: big, namespace: unfit}, spec:"
                        + " {containers: [{name: main, image: web, resources: {requests: {cpu:"
                        + " \"100\"}}}]}}");
        Await.untilAsserted(
                LIMIT,
                () -> {
                    Pod pod =
                            new Pod(client.get(ResourceType.POD, new ObjectName(namespace, "big")));
                    assertThat(pod.condition("PodScheduled").orElseThrow().text("message"))
                            .startsWith("0/3 nodes are available:");
                });
    }

    @Test
    void becomesIdle() {
        String namespace = namespace("idle");
        ObjectName name = deployment(namespace, 2);
        awaitAvailable(name, 2);
        Await.until(LIMIT, controllers::isIdle);
    }
}
