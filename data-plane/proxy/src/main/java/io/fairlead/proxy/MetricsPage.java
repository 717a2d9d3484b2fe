package io.fairlead.proxy;

import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// What Services were asked for, in Prometheus' text format.
///
/// Label `path` says who brought a connection to its endpoint: `nftables`, the rules, or `bpf`, the programs at the sockets, which see no packets. An empty
/// `endpoint` stands for those that are gone.
final class MetricsPage {
    private final Map<ObjectName, ServiceCounts> byRules;
    private final Map<ObjectName, ServiceCounts> bySockets;
    private final StringBuilder text = new StringBuilder();

    private MetricsPage(NodeCounts counts) {
        byRules = new TreeMap<>(counts.byRules());
        bySockets = new TreeMap<>(counts.bySockets());
    }

    static String print(NodeCounts counts) {
        MetricsPage page = new MetricsPage(counts);
        page.services(
                "fairlead_service_refused_total",
                "Attempts that were refused because nobody served.",
                ServiceCounts::refused);
        page.services(
                "fairlead_service_dropped_total",
                "Attempts that were dropped because nobody served here, or the source was not"
                        + " allowed.",
                ServiceCounts::dropped);
        page.endpoints(
                "fairlead_service_connections_total",
                "Connections, and flows of UDP, that were sent to an endpoint.",
                EndpointCounts::connections);
        page.endpoints(
                "fairlead_service_received_bytes_total",
                "Bytes from clients to an endpoint: packets with their headers by nftables, contents"
                        + " alone by bpf.",
                EndpointCounts::bytesIn);
        page.endpoints(
                "fairlead_service_sent_bytes_total",
                "Bytes from an endpoint to clients: packets with their headers by nftables, contents"
                        + " alone by bpf.",
                EndpointCounts::bytesOut);
        return page.text.toString();
    }

    private void head(String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" counter\n");
    }

    /// Only rules refuse and drop.
    private void services(String name, String help, ToLongFunction<ServiceCounts> value) {
        head(name, help);
        byRules.forEach((service, counts) -> sample(name, service, "", value.applyAsLong(counts)));
    }

    private void endpoints(String name, String help, ToLongFunction<EndpointCounts> value) {
        head(name, help);
        endpoints(name, byRules, "nftables", value);
        endpoints(name, bySockets, "bpf", value);
    }

    private void endpoints(
            String name,
            Map<ObjectName, ServiceCounts> services,
            String path,
            ToLongFunction<EndpointCounts> value) {
        services.forEach((service, counts) -> {
            counts.endpoints()
                    .forEach((address, of) ->
                            endpoint(
                                    name,
                                    service,
                                    address.toString(),
                                    path,
                                    value.applyAsLong(of)));
            if (!counts.departed().equals(EndpointCounts.NONE)) {
                endpoint(name, service, "", path, value.applyAsLong(counts.departed()));
            }
        });
    }

    private void endpoint(
            String name, ObjectName service, String endpoint, String path, long value) {
        sample(name, service, ",endpoint=\"%s\",path=\"%s\"".formatted(endpoint, path), value);
    }

    private void sample(String name, ObjectName service, String more, long value) {
        text.append(name)
                .append("{namespace=\"")
                .append(service.namespace())
                .append("\",service=\"")
                .append(service.name())
                .append('"')
                .append(more)
                .append("} ")
                .append(value)
                .append('\n');
    }
}
