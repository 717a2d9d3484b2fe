package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// Rows of the kinds that tell how packets find their way.
final class NetworkRows {
    private NetworkRows() {}

    static boolean fill(TableRow row, String kind) {
        JsonObject object = row.object();
        switch (kind) {
            case "EndpointSlice" -> endpointSlice(row);
            case "Ingress" -> ingress(row);
            case "IngressClass" ->
                    row.name()
                            .text(object.text("spec", "controller"))
                            .text(parameters(object))
                            .age();
            case "NetworkPolicy" -> row.name().selector(object.object("spec", "podSelector")).age();
            case "IPAddress" -> row.name().text(parent(object.object("spec", "parentRef")));
            case "ServiceCIDR" ->
                    row.name()
                            .text(
                                    String.join(
                                            ",",
                                            object.list("spec", "cidrs").stream()
                                                    .map(Json::text)
                                                    .toList()))
                            .age();
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void endpointSlice(TableRow row) {
        JsonObject slice = row.object();
        List<String> ports = new ArrayList<>();
        for (Json port : slice.list("ports")) {
            String name = port.text("name").isEmpty() ? "*" : port.text("name");
            ports.add(port.has("port") ? Long.toString(port.number(0, "port")) : name);
        }
        List<String> addresses = new ArrayList<>();
        for (Json endpoint : slice.list("endpoints")) {
            endpoint.list("addresses").forEach(address -> addresses.add(address.text()));
        }
        row.name()
                .text(slice.text("addressType"))
                .textOr(TableRow.few(ports), "<unset>")
                .textOr(TableRow.few(addresses), "<unset>")
                .age();
    }

    private static void ingress(TableRow row) {
        JsonObject ingress = row.object();
        List<String> hosts = new ArrayList<>();
        for (Json rule : ingress.list("spec", "rules")) {
            if (!rule.text("host").isEmpty()) {
                hosts.add(rule.text("host"));
            }
        }
        row.name()
                .textOrNone(ingress.text("spec", "ingressClassName"))
                .textOr(TableRow.few(hosts), "*")
                .text(CoreRows.balancerAddresses(ingress))
                .text(ingress.list("spec", "tls").isEmpty() ? "80" : "80, 443")
                .age();
    }

    private static String parameters(JsonObject ingressClass) {
        JsonObject of = ingressClass.object("spec", "parameters");
        if (of.isEmpty()) {
            return "<none>";
        }
        String group = of.text("apiGroup");
        String kind = of.text("kind");
        return (group.isEmpty() ? kind : kind + "." + group) + "/" + of.text("name");
    }

    private static String parent(JsonObject reference) {
        List<String> parts = new ArrayList<>();
        String resource = reference.text("resource");
        String group = reference.text("group");
        parts.add(group.isEmpty() ? resource : resource + "." + group);
        if (!reference.text("namespace").isEmpty()) {
            parts.add(reference.text("namespace"));
        }
        parts.add(reference.text("name"));
        return String.join("/", parts);
    }
}
