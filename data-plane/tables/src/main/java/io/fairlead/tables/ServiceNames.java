package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Protocol;
import io.fairlead.api.Service;
import io.fairlead.api.ServicePort;
import io.fairlead.tables.Records.Target;
import io.fairlead.tables.SliceHosts.Host;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The names that one Service and its slices contribute, all in lower case and without a dot at the end.
///
/// @param reverse the names of addresses
record ServiceNames(
        Service service, Map<String, Records> names, Map<IpAddress, List<String>> reverse) {
    static ServiceNames of(Service service, Collection<SliceHosts> slices, String zone) {
        Builder builder =
                new Builder(service.name() + "." + service.namespace() + ".svc." + zone, slices);
        if (service.type() == Service.Type.EXTERNAL_NAME) {
            builder.addExternalName(service.externalName());
        } else if (service.isHeadless()) {
            builder.addHeadless();
        } else if (!service.clusterIps().isEmpty()) {
            builder.addClusterIp(service);
        }
        return new ServiceNames(
                service, Map.copyOf(builder.names), lists(builder.reverse, Function.identity()));
    }

    HeldService held() {
        return new HeldService(service.uid(), service.resourceVersion());
    }

    private static <K, V, W> Map<K, List<W>> lists(
            Map<K, SortedSet<V>> sets, Function<V, W> value) {
        return sets.entrySet().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                Map.Entry::getKey,
                                entry -> entry.getValue().stream().map(value).toList()));
    }

    private static final class Builder {
        private final String name;
        private final Collection<SliceHosts> slices;
        private final Map<String, Records> names = new LinkedHashMap<>();
        private final Map<IpAddress, SortedSet<String>> reverse = new LinkedHashMap<>();

        Builder(String name, Collection<SliceHosts> slices) {
            this.name = name;
            this.slices = slices;
        }

        void addExternalName(String target) {
            String canonical =
                    target.endsWith(".") ? target.substring(0, target.length() - 1) : target;
            if (!canonical.isEmpty()) {
                names.put(name, Records.ofCanonicalName(canonical.toLowerCase(Locale.ROOT)));
            }
        }

        void addClusterIp(Service service) {
            SortedSet<Target> all = new TreeSet<>();
            Map<String, SortedSet<Target>> byPort = new TreeMap<>();
            for (ServicePort port : service.ports()) {
                port.protocol()
                        .ifPresent(protocol ->
                                addTarget(
                                        all,
                                        byPort,
                                        port.name().toLowerCase(Locale.ROOT),
                                        protocol,
                                        new Target(name, port.port())));
            }
            names.put(
                    name, Records.ofServices(List.copyOf(all)).withAddresses(service.clusterIps()));
            addPortNames(byPort);
            // Endpoints that were given a name have it under any Service, as StatefulSets behind a
            // ClusterIP expect.
            addHosts(true);
            service.clusterIps().forEach(address -> addReverse(address, name));
        }

        /// Without ready endpoints a headless Service has no names at all (DNS specification, 2.4.1).
        void addHeadless() {
            SortedSet<IpAddress> addresses = new TreeSet<>();
            SortedSet<Target> all = new TreeSet<>();
            Map<String, SortedSet<Target>> byPort = new TreeMap<>();
            for (SliceHosts slice : slices) {
                for (Host host : slice.hosts()) {
                    addresses.add(host.address());
                    addReverse(host.address(), host.name() + "." + name);
                    for (SliceHosts.Port port : slice.ports()) {
                        Target target = new Target(host.name() + "." + name, port.number());
                        addTarget(all, byPort, port.name(), port.protocol(), target);
                    }
                }
            }
            if (addresses.isEmpty()) {
                return;
            }
            names.put(
                    name,
                    Records.ofServices(List.copyOf(all)).withAddresses(List.copyOf(addresses)));
            addPortNames(byPort);
            addHosts(false);
        }

        private void addTarget(
                SortedSet<Target> all,
                Map<String, SortedSet<Target>> byPort,
                String port,
                Protocol protocol,
                Target target) {
            if (target.port() == 0) {
                return;
            }
            all.add(target);
            if (!port.isEmpty()) {
                byPort.computeIfAbsent(
                                "_" + port + "._" + protocol.lowerCase(), key -> new TreeSet<>())
                        .add(target);
            }
        }

        private void addPortNames(Map<String, SortedSet<Target>> byPort) {
            byPort.forEach((port, targets) -> {
                names.put(port + "." + name, Records.ofServices(List.copyOf(targets)));
                names.put(port.substring(port.indexOf('.') + 1) + "." + name, Records.NONE);
            });
        }

        private void addHosts(boolean namedOnly) {
            Map<String, SortedSet<IpAddress>> hosts = new TreeMap<>();
            for (SliceHosts slice : slices) {
                for (Host host : slice.hosts()) {
                    if (host.isNamed() || !namedOnly) {
                        hosts.computeIfAbsent(host.name(), key -> new TreeSet<>())
                                .add(host.address());
                    }
                }
            }
            hosts.forEach((host, addresses) ->
                    names.put(host + "." + name, Records.ofAddresses(List.copyOf(addresses))));
        }

        private void addReverse(IpAddress address, String host) {
            reverse.computeIfAbsent(address, key -> new TreeSet<>()).add(host);
        }
    }
}
