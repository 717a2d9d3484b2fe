package io.fairlead.cli;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fairlead.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// The first example, played by a client library that somebody else wrote. A program of its own, because it must run where the
/// cluster's API can be reached: in the namespace that plays the host.
final class Fabric8Scenario {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final KubernetesClient client;

    private Fabric8Scenario(KubernetesClient client) {
        this.client = client;
    }

    public static void main(String[] arguments) throws Exception {
        Config config = Config.fromKubeconfig(Path.of(arguments[0]).toFile());
        try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
            new Fabric8Scenario(client).play(Path.of(arguments[1]));
        }
        System.out.println("the scenario holds");
        System.exit(0);
    }

    private void play(Path example) throws Exception {
        try (SharedIndexInformer<Pod> informer = client.pods().inNamespace("default").inform()) {
            try (InputStream manifest = Files.newInputStream(example)) {
                client.load(manifest).inNamespace("default").serverSideApply();
            }
            client.apps()
                    .deployments()
                    .inNamespace("default")
                    .withName("web")
                    .waitUntilReady(60, TimeUnit.SECONDS);
            client.apps()
                    .deployments()
                    .inNamespace("default")
                    .withName("client")
                    .waitUntilReady(60, TimeUnit.SECONDS);
            check(informer.getStore().list().size() == 4, "the informer knows four pods");
        }
        Set<String> pods = pods();
        Set<String> answers = new TreeSet<>();
        Await.until(
                SOON,
                () -> {
                    answers.add(exec("wget", "-qO-", "http://web").strip());
                    return answers.equals(pods);
                });

        nodePortAnswers(pods);
        endpointsFollow();

        client.services().inNamespace("default").withName("web").delete();
        Await.until(
                SOON, () -> exec("sh", "-c", "wget -qO- http://web || echo gone").contains("gone"));
    }

    private void nodePortAnswers(Set<String> pods) {
        var service =
                client.services()
                        .inNamespace("default")
                        .resource(
                                new ServiceBuilder()
                                        .withNewMetadata()
                                        .withName("web-np")
                                        .endMetadata()
                                        .withNewSpec()
                                        .withType("NodePort")
                                        .addToSelector("app", "web")
                                        .addNewPort()
                                        .withPort(80)
                                        .withTargetPort(new IntOrString("http"))
                                        .endPort()
                                        .endSpec()
                                        .build())
                        .create();
        int port = service.getSpec().getPorts().getFirst().getNodePort();
        for (var node : client.nodes().list().getItems()) {
            String address = node.getStatus().getAddresses().getFirst().getAddress();
            Await.until(SOON, () -> pods.contains(get("http://" + address + ":" + port)));
        }
    }

    private void endpointsFollow() {
        client.apps().deployments().inNamespace("default").withName("web").scale(5);
        Await.until(SOON, () -> endpoints().size() == 5);
        String gone = pods().iterator().next();
        client.pods().inNamespace("default").withName(gone).delete();
        Await.until(SOON, () -> endpoints().size() == 5 && !pods().contains(gone));
    }

    private Set<String> pods() {
        Set<String> names = new TreeSet<>();
        client.pods().inNamespace("default").withLabel("app", "web").list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .forEach(pod -> names.add(pod.getMetadata().getName()));
        return names;
    }

    private List<EndpointAddress> endpoints() {
        return client.endpoints().inNamespace("default").withName("web").get().getSubsets().stream()
                .flatMap(subset -> subset.getAddresses().stream())
                .toList();
    }

    private String exec(String... command) throws Exception {
        String pod =
                client.pods()
                        .inNamespace("default")
                        .withLabel("app", "client")
                        .list()
                        .getItems()
                        .getFirst()
                        .getMetadata()
                        .getName();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (ExecWatch watch =
                client.pods()
                        .inNamespace("default")
                        .withName(pod)
                        .writingOutput(output)
                        .exec(command)) {
            watch.exitCode().get(20, TimeUnit.SECONDS);
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    private static String get(String url) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(3000);
        connection.setReadTimeout(3000);
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static void check(boolean holds, String claim) {
        if (!holds) {
            throw new AssertionError("not so: " + claim);
        }
    }
}
