package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Rows of the core group's kinds, and of events.
final class CoreRows {
    private static final Map<String, String> MODES =
            Map.of(
                    "ReadWriteOnce",
                    "RWO",
                    "ReadOnlyMany",
                    "ROX",
                    "ReadWriteMany",
                    "RWX",
                    "ReadWriteOncePod",
                    "RWOP");

    private CoreRows() {}

    static boolean fill(TableRow row, String kind) {
        JsonObject object = row.object();
        switch (kind) {
            case "Pod" -> PodRow.fill(row);
            case "Service" -> service(row);
            case "Endpoints" -> row.name().text(endpoints(object)).age();
            case "Node" -> node(row);
            case "Namespace" -> row.name().text(object.text("status", "phase")).age();
            case "ConfigMap" ->
                    row.name()
                            .number(
                                    object.object("data").size()
                                            + object.object("binaryData").size())
                            .age();
            case "Secret" ->
                    row.name().text(object.text("type")).number(object.object("data").size()).age();
            case "Event" -> EventRow.fill(row);
            case "ReplicationController" -> WorkloadRows.replicas(row);
            case "PersistentVolume" -> volume(row);
            case "PersistentVolumeClaim" -> claim(row);
            default -> {
                return false;
            }
        }
        return true;
    }

    /// What reaches a Service from outside, as far as anybody knows yet.
    static String balancerAddresses(JsonObject object) {
        Set<String> addresses = new TreeSet<>();
        for (Json ingress : object.list("status", "loadBalancer", "ingress")) {
            String ip = ingress.text("ip");
            addresses.add(ip.isEmpty() ? ingress.text("hostname") : ip);
        }
        addresses.remove("");
        return String.join(",", addresses);
    }

    private static void service(TableRow row) {
        JsonObject object = row.object();
        String type = object.text("spec", "type");
        List<Json> addresses = object.list("spec", "clusterIPs");
        String own =
                addresses.isEmpty()
                        ? object.text("spec", "clusterIP")
                        : addresses.getFirst().text();
        row.name()
                .text(type)
                .textOrNone(own)
                .text(externalAddresses(object, type))
                .textOrNone(ports(object))
                .age()
                .text(TableRow.labels(object.texts("spec", "selector")));
    }

    private static String externalAddresses(JsonObject service, String type) {
        List<String> all = new ArrayList<>();
        if (type.equals("ExternalName")) {
            return service.text("spec", "externalName");
        }
        if (type.equals("LoadBalancer")) {
            String balancer = balancerAddresses(service);
            if (!balancer.isEmpty()) {
                all.add(balancer);
            }
        }
        service.list("spec", "externalIPs").forEach(ip -> all.add(ip.text()));
        if (all.isEmpty()) {
            return type.equals("LoadBalancer") ? "<pending>" : "<none>";
        }
        return String.join(",", all);
    }

    private static String ports(JsonObject service) {
        List<String> ports = new ArrayList<>();
        for (Json port : service.list("spec", "ports")) {
            long node = port.number(0, "nodePort");
            String number = Long.toString(port.number(0, "port"));
            ports.add((node > 0 ? number + ":" + node : number) + "/" + port.text("protocol"));
        }
        return String.join(",", ports);
    }

    private static String endpoints(JsonObject object) {
        if (object.list("subsets").isEmpty()) {
            return "<none>";
        }
        List<String> all = new ArrayList<>();
        for (Json subset : object.list("subsets")) {
            List<Json> addresses = subset.list("addresses");
            if (subset.list("ports").isEmpty()) {
                addresses.forEach(address -> all.add(address.text("ip")));
            }
            for (Json port : subset.list("ports")) {
                for (Json address : addresses) {
                    String ip = address.text("ip");
                    all.add(
                            (ip.contains(":") ? "[" + ip + "]" : ip)
                                    + ":"
                                    + port.number(0, "port"));
                }
            }
        }
        return TableRow.few(all);
    }

    private static void node(TableRow row) {
        JsonObject node = row.object();
        String status = "Unknown";
        for (Json condition : node.list("status", "conditions")) {
            if (condition.text("type").equals("Ready")) {
                status = condition.text("status").equals("True") ? "Ready" : "NotReady";
            }
        }
        if (node.flag("spec", "unschedulable")) {
            status += ",SchedulingDisabled";
        }
        row.name()
                .text(status)
                .textOrNone(roles(node))
                .age()
                .text(node.text("status", "nodeInfo", "kubeletVersion"))
                .textOrNone(address(node, "InternalIP"))
                .textOrNone(address(node, "ExternalIP"));
        JsonObject facts = node.object("status", "nodeInfo");
        String machine = facts.text("architecture");
        String kernel = facts.text("kernelVersion");
        row.textOr(facts.text("osImage"), "<unknown>");
        row.textOr(
                kernel.isEmpty() || machine.isEmpty() ? kernel : kernel + " (" + machine + ")",
                "<unknown>");
        row.textOr(facts.text("containerRuntimeVersion"), "<unknown>");
    }

    private static String roles(JsonObject node) {
        Set<String> roles = new TreeSet<>();
        String prefix = "node-role.kubernetes.io/";
        node.texts("metadata", "labels")
                .forEach((name, value) -> {
                    if (name.startsWith(prefix) && name.length() > prefix.length()) {
                        roles.add(name.substring(prefix.length()));
                    } else if (name.equals("kubernetes.io/role") && !value.isEmpty()) {
                        roles.add(value);
                    }
                });
        return String.join(",", roles);
    }

    private static String address(JsonObject node, String type) {
        for (Json address : node.list("status", "addresses")) {
            if (address.text("type").equals(type)) {
                return address.text("address");
            }
        }
        return "";
    }

    private static void volume(TableRow row) {
        JsonObject volume = row.object();
        String claim = volume.text("spec", "claimRef", "name");
        String phase = volume.text("status", "phase");
        row.name()
                .text(volume.text("spec", "capacity", "storage"))
                .text(modes(volume.list("spec", "accessModes")))
                .text(volume.text("spec", "persistentVolumeReclaimPolicy"))
                .text(volume.has("metadata", "deletionTimestamp") ? "Terminating" : phase)
                .text(
                        claim.isEmpty()
                                ? ""
                                : volume.text("spec", "claimRef", "namespace") + "/" + claim)
                .text(volume.text("spec", "storageClassName"))
                .textOr(volume.text("spec", "volumeAttributesClassName"), "<unset>")
                .text(volume.text("status", "reason"))
                .age()
                .textOr(volume.text("spec", "volumeMode"), "<unset>");
    }

    private static void claim(TableRow row) {
        JsonObject claim = row.object();
        boolean bound = !claim.text("spec", "volumeName").isEmpty();
        String phase = claim.text("status", "phase");
        row.name()
                .text(claim.has("metadata", "deletionTimestamp") ? "Terminating" : phase)
                .text(claim.text("spec", "volumeName"))
                .text(bound ? claim.text("status", "capacity", "storage") : "")
                .text(bound ? modes(claim.list("status", "accessModes")) : "")
                .text(claim.text("spec", "storageClassName"))
                .textOr(claim.text("spec", "volumeAttributesClassName"), "<unset>")
                .age()
                .textOr(claim.text("spec", "volumeMode"), "<unset>");
    }

    private static String modes(List<Json> modes) {
        return String.join(
                ",",
                modes.stream()
                        .map(Json::text)
                        .map(mode -> MODES.getOrDefault(mode, mode))
                        .toList());
    }
}
