package io.fairlead.cluster;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonBoolean;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonNumber;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A `KubeProxyConfiguration` (kubeproxy.config.k8s.io/v1alpha1), as kubeadm and others write it for kube-proxy.
public record KubeProxyFile(JsonObject tree, Path folder) {
    public static final KubeProxyFile NONE = new KubeProxyFile(JsonObject.EMPTY, Path.of(""));

    private static final Pattern TIME_PART = Pattern.compile("([0-9.]+)(ms|s|m|h)");

    /// What is read here, or says nothing that could be heeded.
    private static final Set<String> KNOWN =
            Set.of(
                    "apiVersion",
                    "kind",
                    "hostnameOverride",
                    "clusterCIDR",
                    "healthzBindAddress",
                    "metricsBindAddress",
                    "mode",
                    "nodePortAddresses",
                    "clientConnection.kubeconfig",
                    "conntrack.maxPerCore",
                    "conntrack.min",
                    "conntrack.tcpEstablishedTimeout",
                    "conntrack.tcpCloseWaitTimeout",
                    "conntrack.udpTimeout",
                    "conntrack.udpStreamTimeout",
                    "detectLocalMode");

    /// @throws ClusterException when it cannot be read, or is something else
    public static KubeProxyFile read(Path file) {
        try {
            Json tree = YamlReader.read(Files.readAllBytes(file));
            if (!(tree instanceof JsonObject object)
                    || !object.text("kind").equals("KubeProxyConfiguration")) {
                throw new ClusterException(
                        "--config %s is no KubeProxyConfiguration.".formatted(file));
            }
            return new KubeProxyFile(
                    object,
                    Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/")));
        } catch (IOException e) {
            throw new ClusterException(
                    "--config %s cannot be read: %s.".formatted(file, e.getMessage()), e);
        } catch (JsonSyntaxException e) {
            throw new ClusterException("--config %s: %s.".formatted(file, e.getMessage()), e);
        }
    }

    public String nodeName() {
        return tree.text("hostnameOverride");
    }

    public List<String> clusterCidr() {
        return tree.text("clusterCIDR").isEmpty()
                ? List.of()
                : List.of(tree.text("clusterCIDR").split(","));
    }

    public Optional<String> health() {
        return some("healthzBindAddress");
    }

    public Optional<String> metrics() {
        return some("metricsBindAddress");
    }

    public String mode() {
        return tree.text("mode");
    }

    public List<String> nodePortAddresses() {
        return tree.list("nodePortAddresses").stream().map(Json::text).toList();
    }

    public Optional<Path> kubeconfig() {
        String file = tree.text("clientConnection", "kubeconfig");
        return file.isEmpty() ? Optional.empty() : Optional.of(folder.resolve(file));
    }

    public TrackingLimits tracking() {
        TrackingLimits usual = TrackingLimits.USUAL;
        return new TrackingLimits(
                (int) tree.number(usual.perCore(), "conntrack", "maxPerCore"),
                (int) tree.number(usual.least(), "conntrack", "min"),
                time("tcpEstablishedTimeout").or(usual::established),
                time("tcpCloseWaitTimeout").or(usual::closeWait),
                time("udpTimeout"),
                time("udpStreamTimeout"));
    }

    /// One sentence for each member that asks for something Fairlead does not do.
    public List<String> ignored() {
        List<String> sentences = new ArrayList<>();
        collect("", tree, sentences);
        String local = tree.text("detectLocalMode");
        if (!Set.of("", "ClusterCIDR", "NodeCIDR").contains(local)) {
            sentences.add(
                    "detectLocalMode %s is not honoured: pods are known by clusterCIDR and the nodes' podCIDRs"
                            .formatted(local));
        }
        return sentences;
    }

    private static void collect(String path, Json value, List<String> sentences) {
        if (value instanceof JsonObject object) {
            object.forEach((name, member) ->
                    collect(path.isEmpty() ? name : path + "." + name, member, sentences));
        } else if (!KNOWN.contains(path) && says(value)) {
            sentences.add("%s is not honoured".formatted(path));
        }
    }

    /// Whether a value asks for anything: files that tools write spell out every default.
    private static boolean says(Json value) {
        return switch (value) {
            case JsonNull _ -> false;
            case JsonString text -> !text.value().isEmpty() && !text.value().equals("0s");
            case JsonNumber number -> number.value().doubleValue() != 0;
            case JsonBoolean flag -> flag.value();
            case JsonArray array -> !array.items().isEmpty();
            case JsonObject object -> !object.isEmpty();
        };
    }

    private Optional<String> some(String member) {
        return tree.text(member).isEmpty() ? Optional.empty() : Optional.of(tree.text(member));
    }

    private Optional<Duration> time(String member) {
        String word = tree.text("conntrack", member);
        if (word.isEmpty()) {
            return Optional.empty();
        }
        double millis = 0;
        for (Matcher part = TIME_PART.matcher(word); part.find(); ) {
            double number = Double.parseDouble(part.group(1));
            millis +=
                    number
                            * switch (part.group(2)) {
                                case "ms" -> 1;
                                case "s" -> 1000;
                                case "m" -> 60_000;
                                default -> 3_600_000;
                            };
        }
        return Optional.of(Duration.ofMillis((long) millis));
    }
}
