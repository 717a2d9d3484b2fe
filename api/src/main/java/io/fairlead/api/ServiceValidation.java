package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The rules for Services that hold without knowing the cluster's ranges.
final class ServiceValidation {
    private static final long AFFINITY_SECONDS_MAX = 86_400;

    private final JsonObject spec;
    private final FieldErrors errors;
    private final String type;
    private final boolean headless;

    private ServiceValidation(JsonObject service, FieldErrors errors) {
        this.spec = service.object("spec");
        this.errors = errors;
        this.type = spec.text("type");
        List<Json> addresses = spec.list("clusterIPs");
        String first = addresses.isEmpty() ? spec.text("clusterIP") : addresses.getFirst().text();
        this.headless = first.equals("None");
    }

    static void check(JsonObject service, FieldErrors errors) {
        ServiceValidation rules = new ServiceValidation(service, errors);
        rules.kind();
        rules.ports();
        errors.labels("spec.selector", rules.spec.object("selector"));
        rules.affinity();
        rules.addresses();
        rules.externalIps();
        errors.oneOf(
                "spec.type", rules.type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        rules.nodePorts();
        rules.balancer();
        rules.traffic();
    }

    static void checkStatus(JsonObject service, FieldErrors errors) {
        List<Json> ingress = service.list("status", "loadBalancer", "ingress");
        for (int i = 0; i < ingress.size(); i++) {
            String at = "status.loadBalancer.ingress[" + i + "]";
            String ip = ingress.get(i).text("ip");
            String mode = ingress.get(i).text("ipMode");
            if (!ip.isEmpty()) {
                errors.ip(at + ".ip", ip);
            }
            if (!mode.isEmpty()) {
                errors.oneOf(at + ".ipMode", mode, "Proxy", "VIP");
            }
            String host = ingress.get(i).text("hostname");
            if (!host.isEmpty()) {
                errors.invalid(at + ".hostname", host, Names.dnsSubdomainErrors(host));
            }
        }
    }

    private void kind() {
        boolean external = type.equals("ExternalName");
        if (spec.list("ports").isEmpty() && !headless && !external) {
            errors.required("spec.ports");
        }
        if (headless && (type.equals("LoadBalancer") || type.equals("NodePort"))) {
            errors.invalid(
                    "spec.clusterIPs[0]",
                    "None",
                    "may not be set to 'None' for " + type + " services");
        }
        if (!external) {
            return;
        }
        if (!spec.list("clusterIPs").isEmpty() || !spec.text("clusterIP").isEmpty()) {
            errors.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }
        for (String field : List.of("ipFamilies", "ipFamilyPolicy")) {
            if (spec.has(field) && !(spec.text(field).isEmpty() && spec.list(field).isEmpty())) {
                errors.forbidden("spec." + field, "may not be set for ExternalName services");
            }
        }
        String name = spec.text("externalName");
        if (name.isEmpty()) {
            errors.required("spec.externalName");
        } else {
            String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
            errors.invalid("spec.externalName", name, Names.dnsSubdomainErrors(plain));
        }
    }

    private void ports() {
        List<Json> ports = spec.list("ports");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            port("spec.ports[" + i + "]", ports.get(i), ports.size() > 1, names);
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < ports.size(); i++) {
            String key = ports.get(i).text("protocol") + ports.get(i).number(0, "port");
            if (!seen.add(key)) {
                errors.duplicate(
                        "spec.ports[" + i + "]",
                        JsonObject.builder()
                                .put("Name", "")
                                .put("Protocol", ports.get(i).text("protocol"))
                                .put("AppProtocol", JsonNull.NULL)
                                .put("Port", ports.get(i).number(0, "port"))
                                .put("TargetPort", 0)
                                .put("NodePort", 0)
                                .build());
            }
        }
    }

    private void port(String at, Json port, boolean nameRequired, Set<String> names) {
        String name = port.text("name");
        if (nameRequired && name.isEmpty()) {
            errors.required(at + ".name");
        } else if (!name.isEmpty()) {
            errors.invalid(at + ".name", name, Names.dnsLabelErrors(name));
            if (!names.add(name)) {
                errors.duplicate(at + ".name", Json.of(name));
            }
        }
        errors.port(at + ".port", port.number(0, "port"));
        if (port.text("protocol").isEmpty()) {
            errors.required(at + ".protocol");
        } else {
            errors.oneOf(at + ".protocol", port.text("protocol"), "SCTP", "TCP", "UDP");
        }
        errors.portOrName(at + ".targetPort", port.find("targetPort").orElse(Json.of(0)));
        String application = port.text("appProtocol");
        if (port.has("appProtocol")) {
            errors.invalid(at + ".appProtocol", application, Names.labelKeyErrors(application));
        }
    }

    private void affinity() {
        String affinity = spec.text("sessionAffinity");
        if (affinity.isEmpty()) {
            errors.required("spec.sessionAffinity");
            return;
        }
        errors.oneOf("spec.sessionAffinity", affinity, "ClientIP", "None");
        if (affinity.equals("ClientIP")) {
            long seconds = spec.number(0, "sessionAffinityConfig", "clientIP", "timeoutSeconds");
            if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
                errors.invalid(
                        "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                        Json.of(seconds),
                        "must be greater than 0 and less than " + AFFINITY_SECONDS_MAX);
            }
        }
    }

    private void addresses() {
        List<Json> families = spec.list("ipFamilies");
        for (int i = 0; i < families.size(); i++) {
            errors.oneOf("spec.ipFamilies[" + i + "]", families.get(i).text(), "IPv4", "IPv6");
            if (families.subList(0, i).contains(families.get(i))) {
                errors.duplicate("spec.ipFamilies[" + i + "]", families.get(i));
            }
        }
        String policy = spec.text("ipFamilyPolicy");
        if (spec.has("ipFamilyPolicy")) {
            errors.oneOf(
                    "spec.ipFamilyPolicy",
                    policy,
                    "PreferDualStack",
                    "RequireDualStack",
                    "SingleStack");
        }
        if (type.equals("ExternalName")) {
            return;
        }
        List<Json> all = spec.list("clusterIPs");
        String single = spec.text("clusterIP");
        if (all.isEmpty() && !single.isEmpty()) {
            all = List.of(Json.of(single));
        }
        JsonArray shown = new JsonArray(all);
        if (!single.isEmpty() && !all.getFirst().text().equals(single)) {
            errors.invalid("spec.clusterIPs", shown, "first value must match `clusterIP`");
        }
        if (single.isEmpty() && !all.isEmpty()) {
            errors.invalid(
                    "spec.clusterIPs", shown, "must be empty when `clusterIP` is not specified");
        }
        if (all.size() > 1 && all.getFirst().text().equals("None")) {
            errors.invalid("spec.clusterIPs", shown, "'None' must be the first and only value");
        }
        if (all.size() > 2) {
            errors.invalid("spec.clusterIPs", shown, "may only hold up to 2 values");
        }
        int ipv4 = 0;
        int ipv6 = 0;
        for (int i = 0; i < all.size(); i++) {
            String address = all.get(i).text();
            boolean none = address.isEmpty() || (address.equals("None") && i == 0);
            if (!none && errors.ip("spec.clusterIPs[" + i + "]", address)) {
                ipv4 += address.contains(":") ? 0 : 1;
                ipv6 += address.contains(":") ? 1 : 0;
            }
        }
        if (ipv4 > 1 || ipv6 > 1) {
            errors.invalid(
                    "spec.clusterIPs", shown, "may specify no more than one IP for each IP family");
        }
        for (int i = 0; i < Math.min(all.size(), families.size()); i++) {
            familyOf(i, all.get(i).text(), families.get(i).text());
        }
    }

    private void familyOf(int index, String address, String family) {
        Optional<IpAddress> parsed = IpAddress.find(address);
        if (parsed.isPresent() && !parsed.get().family().toString().equals(family)) {
            errors.invalid(
                    "spec.clusterIPs[" + index + "]",
                    address,
                    "expected an %s value as indicated by `ipFamilies[%d]`"
                            .formatted(family, index));
        }
    }

    private void externalIps() {
        List<Json> addresses = spec.list("externalIPs");
        for (int i = 0; i < addresses.size(); i++) {
            String at = "spec.externalIPs[" + i + "]";
            if (errors.ip(at, addresses.get(i).text())) {
                errors.ordinaryIp(at, addresses.get(i).text());
            }
        }
    }

    private void nodePorts() {
        if (!type.equals("ClusterIP") && !type.equals("ExternalName")) {
            return;
        }
        List<Json> ports = spec.list("ports");
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).number(0, "nodePort") != 0) {
                errors.forbidden(
                        "spec.ports[" + i + "].nodePort",
                        "may not be used when `type` is '" + type + "'");
            }
        }
    }

    private void balancer() {
        boolean balanced = type.equals("LoadBalancer");
        List<Json> ranges = spec.list("loadBalancerSourceRanges");
        String at = "spec.LoadBalancerSourceRanges";
        if (!ranges.isEmpty() && !balanced) {
            errors.forbidden(at, "may only be used when `type` is 'LoadBalancer'");
        } else {
            for (int i = 0; i < ranges.size(); i++) {
                errors.cidr(at + "[" + i + "]", ranges.get(i).text());
            }
        }
        for (String name : List.of("allocateLoadBalancerNodePorts", "loadBalancerClass")) {
            if (!balanced && spec.has(name)) {
                errors.forbidden("spec." + name, "may only be used when `type` is 'LoadBalancer'");
            }
        }
        String balancerClass = spec.text("loadBalancerClass");
        if (balanced && spec.has("loadBalancerClass")) {
            errors.invalid(
                    "spec.loadBalancerClass", balancerClass, Names.labelKeyErrors(balancerClass));
        }
    }

    private void traffic() {
        String external = spec.text("externalTrafficPolicy");
        boolean reachable =
                type.equals("NodePort")
                        || type.equals("LoadBalancer")
                        || (type.equals("ClusterIP") && !spec.list("externalIPs").isEmpty());
        if (!external.isEmpty() && !reachable) {
            errors.invalid(
                    "spec.externalTrafficPolicy",
                    external,
                    "may only be set for externally-accessible services");
        } else if (reachable && external.isEmpty()) {
            errors.required("spec.externalTrafficPolicy");
        } else if (reachable) {
            errors.oneOf("spec.externalTrafficPolicy", external, "Cluster", "Local");
        }
        long healthPort = spec.number(0, "healthCheckNodePort");
        if (healthPort != 0 && !(type.equals("LoadBalancer") && external.equals("Local"))) {
            errors.invalid(
                    "spec.healthCheckNodePort",
                    Json.of(healthPort),
                    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is"
                            + " 'Local'");
        }
        String internal = spec.text("internalTrafficPolicy");
        if (spec.has("internalTrafficPolicy")) {
            errors.oneOf("spec.internalTrafficPolicy", internal, "Cluster", "Local");
        }
        String distribution = spec.text("trafficDistribution");
        if (spec.has("trafficDistribution")) {
            errors.oneOf(
                    "spec.trafficDistribution",
                    distribution,
                    "PreferClose",
                    "PreferSameZone",
                    "PreferSameNode");
        }
    }
}
