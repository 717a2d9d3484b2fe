package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Stored;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import javax.net.ssl.SSLContext;

/// Finds out who answers what lives beyond the API server: a pod's log and its processes on the pod's node, and whatever listens in a pod, behind a Service or on a node.
final class NodeStreams {
    private static final int NODE_PORT = 10250;
    private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

    private final ObjectReader reader;
    private final ObjectStore store;
    private final SSLContext toNodes;
    private final SSLContext toAnybody;

    NodeStreams(ObjectReader reader, ObjectStore store, SSLContext toNodes, SSLContext toAnybody) {
        this.reader = reader;
        this.store = store;
        this.toNodes = toNodes;
        this.toAnybody = toAnybody;
    }

    Answer log(Call call, RequestTarget.Resource target) {
        JsonObject pod = reader.find(target, ResourceType.POD).tree();
        String container = container(call, pod);
        if (pod.text("spec", "nodeName").isEmpty()) {
            // Nothing has been said yet.
            return Documents.text(204, "", "");
        }
        return toNode(
                pod,
                "/containerLogs/%s/%s/%s%s"
                        .formatted(
                                target.namespace(),
                                target.name(),
                                container,
                                query(
                                        call,
                                        List.of(
                                                "follow",
                                                "previous",
                                                "timestamps",
                                                "tailLines",
                                                "limitBytes",
                                                "sinceSeconds",
                                                "sinceTime",
                                                "stream"))));
    }

    Answer stream(Call call, RequestTarget.Resource target) {
        JsonObject pod = reader.find(target, ResourceType.POD).tree();
        String name = target.name();
        if (target.subresource().equals("portforward")) {
            requireNode(pod);
            return toNode(
                    pod,
                    "/portForward/%s/%s%s"
                            .formatted(target.namespace(), name, query(call, List.of("ports"))));
        }
        String container = container(call, pod);
        requireNode(pod);
        List<String> parameters = new ArrayList<>(FLAGS);
        parameters.add("command");
        return toNode(
                pod,
                "/%s/%s/%s/%s%s"
                        .formatted(
                                target.subresource(),
                                target.namespace(),
                                name,
                                container,
                                query(call, parameters)));
    }

    /// Any verb, to a pod, a Service or a node.
    Answer proxy(Call call, RequestTarget.Resource target) {
        boolean hasSlash = call.path().endsWith("/proxy") ? false : true;
        boolean isRead = call.method().equals("GET") || call.method().equals("HEAD");
        if (target.rest().isEmpty() && !hasSlash && isRead) {
            return new Answer.Redirect(
                    301, call.path() + "/" + query(call, List.copyOf(call.query().keySet())));
        }
        String prefix = upToProxy(call.path(), target.plural().equals("nodes") ? 5 : 7);
        String path = target.rest().isEmpty() ? "/" : target.rest();
        String wanted = path + query(call, List.copyOf(call.query().keySet()));
        return switch (target.plural()) {
            case "pods" -> toPod(target, wanted, prefix);
            case "services" -> toService(target, wanted, prefix);
            case "nodes" -> toNode(target, wanted, prefix);
            default -> throw new ApiException(RequestPipeline.notServed());
        };
    }

    /// The path's first segments. Any of them may be called "proxy", so they are counted.
    static String upToProxy(String path, int segments) {
        int end = 0;
        for (int count = 0; count < segments && end >= 0; count++) {
            end = path.indexOf('/', end + 1);
        }
        return end < 0 ? path : path.substring(0, end);
    }

    /// `[scheme:]name[:port]`, as the name in a proxy's URL is written.
    private record Place(String scheme, String name, String port) {
        static Place parse(String text) {
            String[] parts = text.split(":", -1);
            return switch (parts.length) {
                case 1 -> new Place("", parts[0], "");
                case 2 -> new Place("", parts[0], parts[1]);
                case 3 -> new Place(parts[0], parts[1], parts[2]);
                default ->
                        throw new ApiException(
                                Status.badRequest("invalid request \"%s\"".formatted(text)));
            };
        }
    }

    /// Without a port, to the node agent, who knows the API server by its certificate; else to whoever listens on the node there.
    private Answer toNode(RequestTarget.Resource target, String wanted, String prefix) {
        Place place = Place.parse(target.name());
        JsonObject node =
                reader.find(ResourceType.NODE, ObjectName.clusterWide(place.name())).tree();
        String agentPort = Integer.toString(NODE_PORT);
        if (place.port().isEmpty() || place.port().equals(agentPort)) {
            return forward(place.name(), nodeAddress(node), NODE_PORT, toNodes, wanted, prefix);
        }
        int port;
        try {
            port = Integer.parseInt(place.port());
        } catch (NumberFormatException e) {
            throw new ApiException(
                    Status.badRequest(
                            "invalid node port \"%s\": a number is needed"
                                    .formatted(place.port())));
        }
        return forward(
                place.name(), nodeAddress(node), port, security(place.scheme()), wanted, prefix);
    }

    private Answer toPod(RequestTarget.Resource target, String wanted, String prefix) {
        Place place = Place.parse(target.name());
        JsonObject pod =
                reader.find(ResourceType.POD, new ObjectName(target.namespace(), place.name()))
                        .tree();
        String ip = pod.text("status", "podIP");
        if (ip.isEmpty()) {
            throw new ApiException(
                    Status.badRequest("address not allowed: the pod has no address yet"));
        }
        int port = place.port().isEmpty() ? firstPort(pod) : namedPort(pod, place.port());
        return forward(
                pod.text("spec", "nodeName"), ip, port, security(place.scheme()), wanted, prefix);
    }

    private Answer toService(RequestTarget.Resource target, String wanted, String prefix) {
        Place place = Place.parse(target.name());
        JsonObject service =
                reader.find(ResourceType.SERVICE, new ObjectName(target.namespace(), place.name()))
                        .tree();
        Optional<Json> port =
                service.list("spec", "ports").stream()
                        .filter(each ->
                                place.port().isEmpty()
                                        || each.text("name").equals(place.port())
                                        || Long.toString(each.number(0, "port"))
                                                .equals(place.port()))
                        .findFirst();
        if (port.isEmpty()) {
            throw unavailable("no service port \"%s\" found for service \"%s\"", place);
        }
        String portName = port.get().text("name");
        String prefixKey = StorageKeys.prefix(ResourceType.ENDPOINT_SLICE, target.namespace());
        for (Stored<StoredObject> stored : store.snapshot().list(prefixKey)) {
            JsonObject slice = stored.value().tree();
            if (!slice.text("metadata", "labels", "kubernetes.io/service-name")
                    .equals(place.name())) {
                continue;
            }
            Optional<Json> slicePort =
                    slice.list("ports").stream()
                            .filter(each -> each.text("name").equals(portName))
                            .findFirst();
            Optional<Json> endpoint =
                    slice.list("endpoints").stream()
                            .filter(each ->
                                    !each.has("conditions", "ready")
                                            || each.flag("conditions", "ready"))
                            .filter(each -> !each.list("addresses").isEmpty())
                            .findFirst();
            if (slicePort.isPresent() && endpoint.isPresent()) {
                return forward(
                        endpoint.get().text("nodeName"),
                        endpoint.get().list("addresses").getFirst().text(),
                        (int) slicePort.get().number(0, "port"),
                        security(place.scheme()),
                        wanted,
                        prefix);
            }
        }
        throw unavailable("no endpoints available for service \"%2$s\"", place);
    }

    private Answer toNode(JsonObject pod, String wanted) {
        String node = pod.text("spec", "nodeName");
        JsonObject tree = reader.find(ResourceType.NODE, ObjectName.clusterWide(node)).tree();
        return forward(node, nodeAddress(tree), NODE_PORT, toNodes, wanted, "");
    }

    private static Answer forward(
            String node, String ip, int port, SSLContext security, String wanted, String prefix) {
        return new Answer.Forward(
                new Upstream(
                        node,
                        new InetSocketAddress(ip, port),
                        Optional.of(security),
                        wanted,
                        prefix));
    }

    private static Answer forward(
            String node,
            String ip,
            int port,
            Optional<SSLContext> security,
            String wanted,
            String prefix) {
        return new Answer.Forward(
                new Upstream(node, new InetSocketAddress(ip, port), security, wanted, prefix));
    }

    private Optional<SSLContext> security(String scheme) {
        return scheme.equals("https") ? Optional.of(toAnybody) : Optional.empty();
    }

    private static String nodeAddress(JsonObject node) {
        for (Json address : node.list("status", "addresses")) {
            if (address.text("type").equals("InternalIP")) {
                return address.text("address");
            }
        }
        throw new ApiException(
                new Status(
                        500,
                        "InternalError",
                        "Internal error occurred: node \"%s\" has no address"
                                .formatted(node.text("metadata", "name")),
                        JsonObject.EMPTY));
    }

    private static int firstPort(JsonObject pod) {
        for (Json container : pod.list("spec", "containers")) {
            for (Json port : container.list("ports")) {
                return (int) port.number(80, "containerPort");
            }
        }
        return 80;
    }

    private static int namedPort(JsonObject pod, String name) {
        for (Json container : pod.list("spec", "containers")) {
            for (Json port : container.list("ports")) {
                if (port.text("name").equals(name)) {
                    return (int) port.number(80, "containerPort");
                }
            }
        }
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new ApiException(
                    Status.badRequest("pod has no port named \"%s\"".formatted(name)));
        }
    }

    private static void requireNode(JsonObject pod) {
        if (pod.text("spec", "nodeName").isEmpty()) {
            throw new ApiException(
                    Status.badRequest(
                            "pod %s does not have a host assigned"
                                    .formatted(pod.text("metadata", "name"))));
        }
    }

    /// The container that is meant: the named one, or the only one, or the one that the pod names as its default.
    private static String container(Call call, JsonObject pod) {
        String name = pod.text("metadata", "name");
        String wanted = call.parameter("container");
        List<String> all = new ArrayList<>();
        for (String list : List.of("containers", "initContainers", "ephemeralContainers")) {
            pod.list("spec", list).forEach(container -> all.add(container.text("name")));
        }
        List<String> ordinary =
                pod.list("spec", "containers").stream()
                        .map(container -> container.text("name"))
                        .toList();
        if (wanted.isEmpty()) {
            String preferred =
                    pod.text("metadata", "annotations", "kubectl.kubernetes.io/default-container");
            if (ordinary.contains(preferred)) {
                return preferred;
            }
            if (ordinary.size() == 1 && all.size() == 1) {
                return ordinary.getFirst();
            }
            throw new ApiException(
                    Status.badRequest(
                            "a container name must be specified for pod %s, choose one of: [%s]"
                                    .formatted(name, String.join(" ", all))));
        }
        if (!all.contains(wanted)) {
            throw new ApiException(
                    Status.badRequest(
                            "container %s is not valid for pod %s".formatted(wanted, name)));
        }
        return wanted;
    }

    private static ApiException unavailable(String message, Place place) {
        return new ApiException(
                new Status(
                        503,
                        "ServiceUnavailable",
                        message.formatted(place.port(), place.name()),
                        JsonObject.EMPTY));
    }

    static String query(Call call, List<String> parameters) {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        for (String name : parameters) {
            for (String value : call.query().getOrDefault(name, List.of())) {
                query.add(encoded(name) + "=" + encoded(value));
            }
        }
        return query.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
