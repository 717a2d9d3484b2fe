package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The environment variables by which a container finds Services without DNS: `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT` and the
/// older `WEB_PORT_80_TCP…`.
final class ServiceVariables {
    /// Whether a pod wants the Services of its own namespace, or only the API server's.
    enum Links {
        ENABLED,
        DISABLED
    }

    private ServiceVariables() {}

    static Map<String, String> of(Collection<JsonObject> services, String namespace, Links links) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (JsonObject service : services) {
            if (isApiServer(service)) {
                add(service, variables);
            }
        }
        if (links == Links.ENABLED) {
            for (JsonObject service : services) {
                if (service.text("metadata", "namespace").equals(namespace)) {
                    add(service, variables);
                }
            }
        }
        return variables;
    }

    private static boolean isApiServer(JsonObject service) {
        return service.text("metadata", "namespace").equals("default")
                && service.text("metadata", "name").equals("kubernetes");
    }

    private static void add(JsonObject service, Map<String, String> variables) {
        String address = service.text("spec", "clusterIP");
        List<Json> ports = service.list("spec", "ports");
        if (address.isEmpty() || address.equals("None") || ports.isEmpty()) {
            return;
        }
        String prefix = variable(service.text("metadata", "name"));
        String host = address.indexOf(':') >= 0 ? "[" + address + "]" : address;
        variables.put(prefix + "_SERVICE_HOST", address);
        variables.put(prefix + "_SERVICE_PORT", port(ports.getFirst()));
        for (Json port : ports) {
            String name = port.text("name");
            if (!name.isEmpty()) {
                variables.put(prefix + "_SERVICE_PORT_" + variable(name), port(port));
            }
        }
        variables.put(prefix + "_PORT", url(ports.getFirst(), host));
        for (Json port : ports) {
            String protocol = protocol(port);
            String each = prefix + "_PORT_" + port(port) + "_" + protocol.toUpperCase(Locale.ROOT);
            variables.put(each, url(port, host));
            variables.put(each + "_PROTO", protocol);
            variables.put(each + "_PORT", port(port));
            variables.put(each + "_ADDR", address);
        }
    }

    private static String url(Json port, String host) {
        return protocol(port) + "://" + host + ":" + port(port);
    }

    private static String port(Json port) {
        return Long.toString(port.number(0, "port"));
    }

    private static String protocol(Json port) {
        String protocol = port.text("protocol");
        return protocol.isEmpty() ? "tcp" : protocol.toLowerCase(Locale.ROOT);
    }

    private static String variable(String name) {
        return name.replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
