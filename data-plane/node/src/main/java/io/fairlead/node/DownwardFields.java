package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a pod may learn about itself: its fields and its containers' resources.
///
/// @param podAddresses as the status will say them, which are not yet in `pod` when the first container starts
/// @param allocatable what a limit reads as where none is set
record DownwardFields(
        AssignedPod pod,
        List<String> podAddresses,
        String nodeName,
        List<String> nodeAddresses,
        Map<String, String> allocatable) {
    private static final Pattern SUBSCRIPT =
            Pattern.compile("metadata\\.(labels|annotations)\\['(.*)']");

    /// @throws ConfigurationException when there is no such field
    String field(String path) throws ConfigurationException {
        Matcher subscript = SUBSCRIPT.matcher(path);
        if (subscript.matches()) {
            return pod.tree()
                    .texts("metadata", subscript.group(1))
                    .getOrDefault(subscript.group(2), "");
        }
        return switch (path) {
            case "metadata.name" -> pod.name();
            case "metadata.namespace" -> pod.namespace();
            case "metadata.uid" -> pod.uid();
            case "metadata.labels" -> lines(pod.labels());
            case "metadata.annotations" -> lines(pod.annotations());
            case "spec.nodeName" -> nodeName;
            case "spec.serviceAccountName" -> pod.serviceAccount();
            case "status.hostIP" -> nodeAddresses.getFirst();
            case "status.hostIPs" -> String.join(",", nodeAddresses);
            case "status.podIP" -> podAddresses.getFirst();
            case "status.podIPs" -> String.join(",", podAddresses);
            default -> throw new ConfigurationException("unsupported fieldPath: " + path);
        };
    }

    /// @param reference a `resourceFieldRef`
    /// @throws ConfigurationException when there is no such container or resource
    String resource(ContainerSpec own, JsonObject reference) throws ConfigurationException {
        String name = reference.text("containerName");
        ContainerSpec container =
                name.isEmpty()
                        ? own
                        : pod.container(name)
                                .orElseThrow(() ->
                                        new ConfigurationException(
                                                "container " + name + " not found"));
        List<String> path = List.of(reference.text("resource").split("\\.", 2));
        if (path.size() != 2) {
            throw new ConfigurationException(
                    "unsupported container resource: " + reference.text("resource"));
        }
        String resource = path.get(1);
        Map<String, String> set = container.tree().texts("resources", path.getFirst());
        String limit = container.tree().texts("resources", "limits").getOrDefault(resource, "");
        String quantity = set.getOrDefault(resource, limit);
        if (quantity.isEmpty()) {
            boolean isLimit = path.getFirst().equals("limits");
            quantity = isLimit ? allocatable.getOrDefault(resource, "0") : "0";
        }
        String divisor = reference.find("divisor").map(JsonTexts::of).orElse("1");
        return divided(quantity, divisor);
    }

    private static String divided(String quantity, String divisor) {
        BigDecimal by = Amount.of(divisor);
        BigDecimal unit = by.signum() == 0 ? BigDecimal.ONE : by;
        return Amount.of(quantity).divide(unit, 0, RoundingMode.CEILING).toPlainString();
    }

    private static String lines(Map<String, String> texts) {
        StringBuilder lines = new StringBuilder();
        new TreeMap<>(texts)
                .forEach((name, value) ->
                        lines.append(name)
                                .append("=\"")
                                .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                                .append("\"\n"));
        return lines.toString();
    }
}
