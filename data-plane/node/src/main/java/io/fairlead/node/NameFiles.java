package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The texts of a pod's `/etc/hosts` and `/etc/resolv.conf`.
final class NameFiles {
    private NameFiles() {}

    /// @param hostFile the node's own file, for pods in the node's network
    static String hosts(
            AssignedPod pod, List<String> podAddresses, String clusterDomain, String hostFile) {
        StringBuilder text = new StringBuilder();
        if (pod.usesHostNetwork()) {
            text.append("# Kubernetes-managed hosts file (host network).\n").append(hostFile);
        } else {
            text.append("# Kubernetes-managed hosts file.\n")
                    .append("127.0.0.1\tlocalhost\n")
                    .append("::1\tlocalhost ip6-localhost ip6-loopback\n")
                    .append("fe00::0\tip6-localnet\n")
                    .append("fe00::0\tip6-mcastprefix\n")
                    .append("fe00::1\tip6-allnodes\n")
                    .append("fe00::2\tip6-allrouters\n");
            for (String address : podAddresses) {
                text.append(address).append('\t');
                if (!pod.subdomain().isEmpty()) {
                    text.append(
                            "%s.%s.%s.svc.%s\t"
                                    .formatted(
                                            pod.hostname(),
                                            pod.subdomain(),
                                            pod.namespace(),
                                            clusterDomain));
                }
                text.append(pod.hostname()).append('\n');
            }
        }
        List<Json> aliases = pod.spec().list("hostAliases");
        if (!aliases.isEmpty()) {
            text.append("\n# Entries added by HostAliases.\n");
            for (Json alias : aliases) {
                text.append(alias.text("ip"))
                        .append('\t')
                        .append(String.join("\t", JsonTexts.of(alias.list("hostnames"))))
                        .append('\n');
            }
        }
        return text.toString();
    }

    /// @param hostFile the node's own `resolv.conf`
    static String resolver(
            AssignedPod pod, String dnsAddress, String clusterDomain, String hostFile) {
        Resolver host = Resolver.parse(hostFile);
        String policy = pod.spec().text("dnsPolicy");
        Resolver resolver =
                switch (policy) {
                    case "None" -> new Resolver(List.of(), List.of(), Map.of());
                    case "Default" -> host;
                    case "ClusterFirstWithHostNet" -> cluster(pod, dnsAddress, clusterDomain, host);
                    default ->
                            pod.usesHostNetwork()
                                    ? host
                                    : cluster(pod, dnsAddress, clusterDomain, host);
                };
        return resolver.merged(pod.spec().object("dnsConfig")).text();
    }

    private static Resolver cluster(
            AssignedPod pod, String dnsAddress, String clusterDomain, Resolver host) {
        List<String> search = new ArrayList<>();
        search.add(pod.namespace() + ".svc." + clusterDomain);
        search.add("svc." + clusterDomain);
        search.add(clusterDomain);
        host.search.stream().filter(domain -> !search.contains(domain)).forEach(search::add);
        return new Resolver(List.of(dnsAddress), search, Map.of("ndots", "5"));
    }

    /// What a `resolv.conf` says. Options without a value map to the empty text.
    private record Resolver(
            List<String> servers, List<String> search, Map<String, String> options) {
        static Resolver parse(String text) {
            List<String> servers = new ArrayList<>();
            List<String> search = List.of();
            Map<String, String> options = new LinkedHashMap<>();
            for (String line : text.lines().toList()) {
                List<String> words = List.of(line.strip().split("\\s+"));
                List<String> rest = words.subList(1, words.size());
                switch (words.getFirst()) {
                    case "nameserver" -> servers.addAll(rest);
                    case "search", "domain" -> search = rest;
                    case "options" -> rest.forEach(word -> option(word, options));
                    default -> {}
                }
            }
            return new Resolver(servers, search, options);
        }

        private static void option(String word, Map<String, String> options) {
            int colon = word.indexOf(':');
            if (colon < 0) {
                options.put(word, "");
            } else {
                options.put(word.substring(0, colon), word.substring(colon + 1));
            }
        }

        Resolver merged(JsonObject config) {
            List<String> moreServers = new ArrayList<>(servers);
            JsonTexts.of(config.list("nameservers")).stream()
                    .filter(server -> !moreServers.contains(server))
                    .forEach(moreServers::add);
            List<String> moreSearch = new ArrayList<>(search);
            JsonTexts.of(config.list("searches")).stream()
                    .filter(domain -> !moreSearch.contains(domain))
                    .forEach(moreSearch::add);
            Map<String, String> moreOptions = new LinkedHashMap<>(options);
            config.list("options")
                    .forEach(option -> moreOptions.put(option.text("name"), option.text("value")));
            return new Resolver(moreServers, moreSearch, moreOptions);
        }

        String text() {
            StringBuilder text = new StringBuilder();
            if (!search.isEmpty()) {
                text.append("search ").append(String.join(" ", search)).append('\n');
            }
            servers.forEach(server -> text.append("nameserver ").append(server).append('\n'));
            if (!options.isEmpty()) {
                text.append("options");
                options.forEach((name, value) ->
                        text.append(' ').append(value.isEmpty() ? name : name + ":" + value));
                text.append('\n');
            }
            return text.toString();
        }
    }
}
