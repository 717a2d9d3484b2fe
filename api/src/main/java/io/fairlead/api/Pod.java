package io.fairlead.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A view of a Pod.
public record Pod(JsonObject tree) implements ApiObject {
    /// Empty until it is bound.
    public String nodeName() {
        return tree.text("spec", "nodeName");
    }

    /// Such as `Running`; empty where nobody set it.
    public String phase() {
        return tree.text("status", "phase");
    }

    /// All its containers have ended for good.
    public boolean isFinished() {
        return phase().equals("Succeeded") || phase().equals("Failed");
    }

    /// Counts as a replica: not finished, and not on its way out.
    public boolean isActive() {
        return !isFinished() && !isBeingDeleted();
    }

    public boolean isReady() {
        return condition("Ready").filter(ready -> ready.text("status").equals("True")).isPresent();
    }

    /// When it became as ready, or unready, as it is.
    public Optional<Instant> readyTransition() {
        return condition("Ready")
                .flatMap(ready -> new GenericObject(ready).time("lastTransitionTime"));
    }

    public Optional<JsonObject> condition(String type) {
        return tree.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .map(condition -> (JsonObject) condition)
                .findFirst();
    }

    /// Its addresses, the first family first; empty until its network is there.
    public List<IpAddress> ips() {
        List<Json> several = tree.list("status", "podIPs");
        return several.isEmpty()
                ? IpAddress.find(tree.text("status", "podIP")).stream().toList()
                : several.stream().flatMap(ip -> IpAddress.find(ip.text("ip")).stream()).toList();
    }

    public Optional<IpAddress> ip(IpFamily family) {
        return ips().stream().filter(ip -> ip.family() == family).findFirst();
    }

    /// Its ordinary containers.
    public List<JsonObject> containers() {
        return objects("containers");
    }

    public List<JsonObject> initContainers() {
        return objects("initContainers");
    }

    /// The number of a named port: of its ordinary containers first, then of those init containers that keep running.
    ///
    /// @param protocol as objects write it; empty means TCP
    public OptionalInt portNumber(String name, String protocol) {
        List<JsonObject> serving = new ArrayList<>(containers());
        initContainers().stream()
                .filter(init -> init.text("restartPolicy").equals("Always"))
                .forEach(serving::add);
        return serving.stream()
                .flatMap(container -> container.list("ports").stream())
                .filter(port -> port.text("name").equals(name))
                .filter(port -> protocolOf(port.text("protocol")).equals(protocolOf(protocol)))
                .mapToInt(port -> (int) port.number(0, "containerPort"))
                .findFirst();
    }

    private List<JsonObject> objects(String field) {
        return tree.list("spec", field).stream()
                .filter(JsonObject.class::isInstance)
                .map(container -> (JsonObject) container)
                .toList();
    }

    private static String protocolOf(String protocol) {
        return protocol.isEmpty() ? "TCP" : protocol;
    }
}
