package io.fairlead.proxy;

import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// What Services were asked for, in Prometheus' text format.
final class MetricsPage {
    private final Map<ObjectName, ServiceCounts> services;
    private final StringBuilder text = new StringBuilder();

    private MetricsPage(Map<ObjectName, ServiceCounts> services) {
        this.services = new TreeMap<>(services);
    }

    static String print(Map<ObjectName, ServiceCounts> services) {
        MetricsPage page = new MetricsPage(services);
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
                "Bytes from clients to an endpoint, in packets with their headers.",
                EndpointCounts::bytesIn);
        page.endpoints(
                "fairlead_service_sent_bytes_total",
                "Bytes from an endpoint to clients, in packets with their headers.",
                EndpointCounts::bytesOut);
        return page.text.toString();
    }

    private void head(String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" counter\n");
    }

    private void services(String name, String help, ToLongFunction<ServiceCounts> value) {
        head(name, help);
        services.forEach((service, counts) -> sample(name, service, "", value.applyAsLong(counts)));
    }

    private void endpoints(String name, String help, ToLongFunction<EndpointCounts> value) {
        head(name, help);
        services.forEach((service, counts) ->
                counts.endpoints()
                        .forEach((address, of) ->
                                sample(
                                        name,
                                        service,
                                        ",endpoint=\"" + address + "\"",
                                        value.applyAsLong(of))));
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
