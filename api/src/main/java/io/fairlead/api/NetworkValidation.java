package io.fairlead.api;

import java.util.List;
import java.util.Locale;

/// The rules for the group `networking.k8s.io`.
final class NetworkValidation {
    private NetworkValidation() {}

    static void check(JsonObject object, String kind, FieldErrors errors) {
        switch (kind) {
            case "Ingress" -> ingress(object.object("spec"), errors);
            case "IngressClass" -> ingressClass(object.object("spec"), errors);
            case "NetworkPolicy" -> policy(object.object("spec"), errors);
            case "IPAddress" -> {
                for (String name : List.of("resource", "name")) {
                    if (object.text("spec", "parentRef", name).isEmpty()) {
                        errors.required("spec.parentRef." + name);
                    }
                }
            }
            case "ServiceCIDR" -> cidrs(object.list("spec", "cidrs"), errors);
            default -> {}
        }
    }

    private static void cidrs(List<Json> cidrs, FieldErrors errors) {
        if (cidrs.isEmpty()) {
            errors.required("spec.cidrs", "at least one CIDR required");
        }
        JsonObject shown = JsonObject.of("CIDRs", new JsonArray(cidrs));
        if (cidrs.size() > 2) {
            errors.invalid("spec.cidrs", shown, "may only hold up to 2 values");
            return;
        }
        if (cidrs.size() == 2
                && Cidr.find(cidrs.getFirst().text())
                        .map(Cidr::family)
                        .equals(Cidr.find(cidrs.getLast().text()).map(Cidr::family))) {
            errors.invalid(
                    "spec.cidrs",
                    shown,
                    "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and"
                            + " 2001:db8::/64");
            return;
        }
        for (int i = 0; i < cidrs.size(); i++) {
            String text = cidrs.get(i).text();
            String at = "spec.cidrs[" + i + "]";
            var cidr = Cidr.find(text);
            if (cidr.isPresent() && !cidr.get().toString().equals(text)) {
                errors.invalid(at, text, "must not have bits set beyond the prefix length");
            }
            errors.cidr(at, text);
        }
    }

    private static void ingress(JsonObject spec, FieldErrors errors) {
        List<Json> rules = spec.list("rules");
        if (rules.isEmpty() && !spec.has("defaultBackend")) {
            errors.invalid(
                    "spec", JsonNull.NULL, "either `defaultBackend` or `rules` must be specified");
        }
        if (spec.has("defaultBackend")) {
            backend("spec.defaultBackend", spec.object("defaultBackend"), errors);
        }
        for (int i = 0; i < rules.size(); i++) {
            String at = "spec.rules[" + i + "]";
            host(at + ".host", rules.get(i).text("host"), errors);
            List<Json> paths = rules.get(i).list("http", "paths");
            for (int j = 0; j < paths.size(); j++) {
                path(at + ".http.paths[" + j + "]", paths.get(j), errors);
            }
        }
        List<Json> tls = spec.list("tls");
        for (int i = 0; i < tls.size(); i++) {
            List<Json> hosts = tls.get(i).list("hosts");
            for (int j = 0; j < hosts.size(); j++) {
                name("spec.tls[" + i + "].hosts[" + j + "]", hosts.get(j).text(), errors);
            }
        }
        String ingressClass = spec.text("ingressClassName");
        if (!ingressClass.isEmpty()) {
            errors.invalid(
                    "spec.ingressClassName", ingressClass, Names.dnsSubdomainErrors(ingressClass));
        }
    }

    private static void host(String at, String host, FieldErrors errors) {
        if (host.isEmpty()) {
            return;
        }
        if (IpAddress.find(host).isPresent()) {
            errors.invalid(at, host, "must be a DNS name, not an IP address");
        }
        name(at, host, errors);
    }

    private static void name(String at, String host, FieldErrors errors) {
        errors.invalid(
                at,
                host,
                host.contains("*")
                        ? Names.wildcardSubdomainErrors(host)
                        : Names.dnsSubdomainErrors(host));
    }

    private static void path(String at, Json rule, FieldErrors errors) {
        String type = rule.text("pathType");
        String path = rule.text("path");
        switch (type) {
            case "" -> {
                if (rule.has("pathType")) {
                    errors.notSupported(
                            at + ".pathType", type, "Exact", "ImplementationSpecific", "Prefix");
                } else {
                    errors.required(at + ".pathType", "pathType must be specified");
                }
            }
            case "Exact", "Prefix" -> {
                if (!path.startsWith("/")) {
                    errors.invalid(at + ".path", path, "must be an absolute path");
                }
                String lower = path.toLowerCase(Locale.ROOT);
                for (String part : List.of("//", "/./", "/../", "%2f")) {
                    if (lower.contains(part)) {
                        errors.invalid(at + ".path", path, "must not contain '" + part + "'");
                    }
                }
                for (String end : List.of("/..", "/.")) {
                    if (path.endsWith(end)) {
                        errors.invalid(at + ".path", path, "cannot end with '" + end + "'");
                    }
                }
            }
            case "ImplementationSpecific" -> {
                if (!path.isEmpty() && !path.startsWith("/")) {
                    errors.invalid(at + ".path", path, "must be an absolute path");
                }
            }
            default ->
                    errors.notSupported(
                            at + ".pathType", type, "Exact", "ImplementationSpecific", "Prefix");
        }
        backend(at + ".backend", rule.object("backend"), errors);
    }

    private static void backend(String at, JsonObject backend, FieldErrors errors) {
        boolean service = backend.has("service");
        boolean resource = backend.has("resource");
        if (service && resource) {
            errors.invalid(at, "", "cannot set both resource and service backends");
        } else if (!service && !resource) {
            errors.invalid(at, "", "resource or service backend is required");
        }
        for (String name : List.of("kind", "name")) {
            if (resource && backend.text("resource", name).isEmpty()) {
                errors.required(at + ".resource." + name);
            }
        }
        if (!service) {
            return;
        }
        String name = backend.text("service", "name");
        if (name.isEmpty()) {
            errors.required(at + ".service.name");
        } else {
            errors.invalid(at + ".service.name", name, Names.dnsLabelErrors(name));
        }
        String portName = backend.text("service", "port", "name");
        long number = backend.number(0, "service", "port", "number");
        if (!portName.isEmpty() && number != 0) {
            errors.invalid(at, "", "cannot set both port name & port number");
        } else if (!portName.isEmpty()) {
            errors.invalid(at + ".service.port.name", portName, Names.portNameErrors(portName));
        } else if (number != 0) {
            errors.port(at + ".service.port.number", number);
        } else {
            errors.required(at, "port name or number is required");
        }
    }

    private static void ingressClass(JsonObject spec, FieldErrors errors) {
        String controller = spec.text("controller");
        int slash = controller.indexOf('/');
        if (!controller.isEmpty() && (slash < 1 || slash == controller.length() - 1)) {
            errors.invalid(
                    "spec.controller",
                    controller,
                    "must be a domain-prefixed path (such as \"acme.io/foo\")");
        }
        if (!spec.has("parameters")) {
            return;
        }
        JsonObject of = spec.object("parameters");
        for (String name : List.of("kind", "name")) {
            if (of.text(name).isEmpty()) {
                errors.required("spec.parameters." + name);
            }
        }
        errors.oneOf("spec.parameters.scope", of.text("scope"), "Cluster", "Namespace");
        if (of.text("scope").equals("Namespace") && of.text("namespace").isEmpty()) {
            errors.required(
                    "spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'");
        }
    }

    private static void policy(JsonObject spec, FieldErrors errors) {
        errors.selector("spec.podSelector", spec.object("podSelector"));
        rules("ingress", "from", spec, errors);
        rules("egress", "to", spec, errors);
        List<Json> types = spec.list("policyTypes");
        for (int i = 0; i < types.size(); i++) {
            errors.oneOf("spec.policyTypes[" + i + "]", types.get(i).text(), "Ingress", "Egress");
        }
    }

    private static void rules(String direction, String side, JsonObject spec, FieldErrors errors) {
        List<Json> rules = spec.list(direction);
        for (int i = 0; i < rules.size(); i++) {
            String at = "spec." + direction + "[" + i + "]";
            List<Json> ports = rules.get(i).list("ports");
            for (int j = 0; j < ports.size(); j++) {
                policyPort(at + ".ports[" + j + "]", ports.get(j), errors);
            }
            List<Json> peers = rules.get(i).list(side);
            for (int j = 0; j < peers.size(); j++) {
                peer(at + "." + side + "[" + j + "]", peers.get(j), errors);
            }
        }
    }

    private static void policyPort(String at, Json port, FieldErrors errors) {
        errors.oneOf(at + ".protocol", port.text("protocol"), "TCP", "UDP", "SCTP");
        if (!port.has("port")) {
            if (port.has("endPort")) {
                errors.invalid(
                        at + ".endPort",
                        Json.of(port.number(0, "endPort")),
                        "may not be specified when `port` is not specified");
            }
            return;
        }
        errors.portOrName(at + ".port", port.find("port").orElse(Json.of(0)));
        if (!port.has("endPort")) {
            return;
        }
        long end = port.number(0, "endPort");
        switch (IntOrString.of(port.find("port").orElse(Json.of(0)))) {
            case IntOrString.Whole start -> {
                if (end < start.value()) {
                    errors.invalid(
                            at + ".endPort",
                            Json.of(end),
                            "must be greater than or equal to `port`");
                }
            }
            case IntOrString.Text name ->
                    errors.invalid(
                            at + ".endPort",
                            Json.of(end),
                            "may not be specified when `port` is non-numeric");
        }
    }

    private static void peer(String at, Json peer, FieldErrors errors) {
        boolean pods = peer.has("podSelector") || peer.has("namespaceSelector");
        if (peer.has("podSelector")) {
            errors.selector(at + ".podSelector", peer.object("podSelector"));
        }
        if (peer.has("namespaceSelector")) {
            errors.selector(at + ".namespaceSelector", peer.object("namespaceSelector"));
        }
        if (peer.has("ipBlock")) {
            String text = peer.text("ipBlock", "cidr");
            if (text.isEmpty()) {
                errors.required(at + ".ipBlock.cidr");
            } else {
                errors.cidr(at + ".ipBlock.cidr", text);
            }
            List<Json> except = peer.list("ipBlock", "except");
            for (int i = 0; i < except.size(); i++) {
                except(at + ".ipBlock.except[" + i + "]", text, except.get(i).text(), errors);
            }
            if (pods) {
                errors.forbidden(at, "may not specify both ipBlock and another peer");
            }
        } else if (!pods) {
            errors.required(at, "must specify a peer");
        }
    }

    private static void except(String at, String range, String except, FieldErrors errors) {
        errors.cidr(at, except);
        var outer = Cidr.find(range);
        var inner = Cidr.find(except);
        if (outer.isPresent()
                && inner.isPresent()
                && (!outer.get().contains(inner.get()) || outer.get().equals(inner.get()))) {
            errors.invalid(at, except, "must be a strict subset of `cidr`");
        }
    }
}
