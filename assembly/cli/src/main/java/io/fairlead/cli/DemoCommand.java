package io.fairlead.cli;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.PodExec;
import io.fairlead.client.TransportException;
import io.fairlead.cluster.ClusterException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead demo`: the first example, played without kubectl, with what happened at each layer.
@Command(name = "demo", description = "play the first example and tell what happens at each layer")
final class DemoCommand implements Callable<Integer> {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectName WEB = new ObjectName("default", "web");
    private static final ObjectName WEB_NODE_PORT = new ObjectName("default", "web-np");
    private static final ObjectName CLIENT = new ObjectName("default", "client");

    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Option(names = "--keep", description = "leave the objects in the cluster")
    boolean isKept;

    @Override
    public Integer call() {
        try (ClusterAccess access = ClusterAccess.open(cluster.running())) {
            applyExample(access);
            showPods(access, 3);
            showEndpoints(access, 3);
            askByName(access, 3);
            askNodePort(access);
            scale(access, 5);
            removeService(access);
            if (isKept) {
                access.apply(ResourceType.SERVICE, exampleService());
            } else {
                cleanUp(access);
            }
            step(
                    "That was all",
                    "objects → controllers → pods → endpoints → rules → packets, and back.");
            return 0;
        }
    }

    private void applyExample(ClusterAccess access) {
        step(
                "Apply examples/web",
                "Deployment web (3 replicas), Service web on port 80, Deployment client");
        for (Json document : documents()) {
            JsonObject applied = access.apply(typeOf(document), document.object());
            say(
                    "API         %s %s at resource version %s",
                    document.text("kind"),
                    applied.text("metadata", "name"),
                    applied.text("metadata", "resourceVersion"));
        }
        JsonObject service = access.client().find(ResourceType.SERVICE, WEB).orElseThrow();
        say("API         Service web was given address %s", service.text("spec", "clusterIP"));
        awaitReplicas(access, WEB, 3);
        awaitReplicas(access, CLIENT, 1);
        for (JsonObject set : access.list(ResourceType.REPLICA_SET, "default", "app=web")) {
            say(
                    "controllers ReplicaSet %s wants %d pods",
                    set.text("metadata", "name"), set.number(0, "spec", "replicas"));
        }
    }

    private static void showPods(ClusterAccess access, int replicas) {
        List<JsonObject> pods = awaitPods(access, replicas);
        for (JsonObject pod : pods) {
            say("scheduler   %s → %s", pod.text("metadata", "name"), pod.text("spec", "nodeName"));
            say(
                    "node        %s runs at %s",
                    pod.text("metadata", "name"), pod.text("status", "podIP"));
        }
    }

    private static void showEndpoints(ClusterAccess access, int endpoints) {
        String addresses =
                ClusterAccess.await(
                        "an EndpointSlice with " + endpoints + " ready endpoints",
                        SOON,
                        () -> {
                            Set<String> ready = readyEndpoints(access);
                            return ready.size() == endpoints
                                    ? Optional.of(String.join(", ", ready))
                                    : Optional.empty();
                        });
        say("controllers EndpointSlice of web: %s", addresses);
    }

    private static void askByName(ClusterAccess access, int replicas) {
        step("Ask http://web from a pod, again and again", "name → cluster IP → one of the pods");
        say(
                "dns         %s",
                exec(access, "nslookup", "web.default.svc.cluster.local")
                        .output()
                        .lines()
                        .filter(line -> line.startsWith("Address"))
                        .reduce((first, last) -> last)
                        .orElse("no answer"));
        Map<String, Integer> answers = new TreeMap<>();
        ClusterAccess.await(
                "an answer from each of " + replicas + " pods",
                SOON,
                () -> {
                    PodExec.Outcome outcome = exec(access, "wget", "-qO-", "http://web");
                    if (outcome.exitStatus() == 0) {
                        answers.merge(outcome.output().strip(), 1, Integer::sum);
                    }
                    return answers.size() == replicas ? Optional.of(answers) : Optional.empty();
                });
        answers.forEach((pod, count) -> say("packets     %s answered %d times", pod, count));
    }

    private void askNodePort(ClusterAccess access) {
        step("Expose it as Service web-np of type NodePort", "the host asks a node's address");
        JsonObject service =
                exampleService()
                        .withAt(Json.of("web-np"), "metadata", "name")
                        .withAt(Json.of("NodePort"), "spec", "type");
        JsonObject applied = access.apply(ResourceType.SERVICE, service);
        long port = applied.list("spec", "ports").getFirst().number(0, "nodePort");
        for (JsonObject node : access.list(ResourceType.NODE, "", "")) {
            String address = node.list("status", "addresses").getFirst().text("address");
            String answer =
                    ClusterAccess.await(
                            "an answer at " + address + ":" + port,
                            SOON,
                            () -> ask("http://" + address + ":" + port));
            say("packets     %s:%d answered: %s", address, port, answer);
        }
    }

    private static void scale(ClusterAccess access, int replicas) {
        step("Scale web to " + replicas, "pods, endpoints and answers follow");
        access.scale(ResourceType.DEPLOYMENT, WEB, replicas);
        awaitReplicas(access, WEB, replicas);
        showPods(access, replicas);
        showEndpoints(access, replicas);
        askByName(access, replicas);
    }

    private static void removeService(ClusterAccess access) {
        step("Delete Service web", "its name is gone, its address refuses");
        String address =
                access.client()
                        .find(ResourceType.SERVICE, WEB)
                        .orElseThrow()
                        .text("spec", "clusterIP");
        access.delete(ResourceType.SERVICE, WEB);
        String refusal =
                ClusterAccess.await(
                        "the end of the name",
                        SOON,
                        () ->
                                Optional.of(exec(access, "wget", "-qO-", "http://web"))
                                        .filter(outcome -> outcome.exitStatus() != 0)
                                        .map(PodExec.Outcome::errors));
        say("dns         %s", refusal.strip());
        say("packets     %s", exec(access, "wget", "-qO-", "http://" + address).errors().strip());
    }

    private static void cleanUp(ClusterAccess access) {
        access.delete(ResourceType.SERVICE, WEB_NODE_PORT);
        access.delete(ResourceType.DEPLOYMENT, WEB);
        access.delete(ResourceType.DEPLOYMENT, CLIENT);
    }

    private static PodExec.Outcome exec(ClusterAccess access, String... command) {
        JsonObject pod = access.list(ResourceType.POD, "default", "app=client").getFirst();
        ObjectName name = new ObjectName("default", pod.text("metadata", "name"));
        return access.exec().run(name, "", List.of(command), Duration.ofSeconds(20));
    }

    private static Optional<String> ask(String url) {
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(3)).build();
            return Optional.of(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body().strip());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException("interrupted while asking " + url, e);
        }
    }

    private static void awaitReplicas(ClusterAccess access, ObjectName deployment, int replicas) {
        ClusterAccess.await(
                replicas + " ready replicas of " + deployment,
                SOON,
                () ->
                        access.client()
                                .find(ResourceType.DEPLOYMENT, deployment)
                                .filter(found ->
                                        found.number(0, "status", "readyReplicas") == replicas));
    }

    private static List<JsonObject> awaitPods(ClusterAccess access, int count) {
        return ClusterAccess.await(
                count + " pods with addresses",
                SOON,
                () ->
                        Optional.of(
                                        access.list(ResourceType.POD, "default", "app=web").stream()
                                                .filter(pod ->
                                                        !pod.has("metadata", "deletionTimestamp")
                                                                && pod.has("status", "podIP"))
                                                .toList())
                                .filter(pods -> pods.size() == count));
    }

    private static Set<String> readyEndpoints(ClusterAccess access) {
        Set<String> ready = new TreeSet<>();
        for (JsonObject slice :
                access.list(
                        ResourceType.ENDPOINT_SLICE, "default", "kubernetes.io/service-name=web")) {
            for (Json endpoint : slice.list("endpoints")) {
                if (endpoint.flag("conditions", "ready")) {
                    endpoint.list("addresses").forEach(address -> ready.add(address.text()));
                }
            }
        }
        return ready;
    }

    private static JsonObject exampleService() {
        return documents().stream()
                .filter(document -> document.text("kind").equals("Service"))
                .findFirst()
                .orElseThrow(() -> new ClusterException("the example has no Service."))
                .object();
    }

    private static List<? extends Json> documents() {
        Path file =
                Path.of(System.getProperty("fairlead.home", "."), "examples", "web", "web.yaml");
        try {
            return YamlReader.readAll(Files.readString(file));
        } catch (IOException e) {
            throw new ClusterException("the example %s cannot be read.".formatted(file), e);
        }
    }

    private static ResourceType typeOf(Json document) {
        return "Service".equals(document.text("kind"))
                ? ResourceType.SERVICE
                : ResourceType.DEPLOYMENT;
    }

    private static void step(String title, String meaning) {
        System.out.println();
        System.out.println("── " + title + ": " + meaning);
    }

    @com.google.errorprone.annotations.FormatMethod
    private static void say(String form, Object... values) {
        System.out.println("   " + form.formatted(values));
    }
}
