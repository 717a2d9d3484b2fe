package io.fairlead.proxy;

import io.fairlead.proxy.ServiceProxy.Programmed;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// A proxy's figures as Prometheus reads them. Names that monitoring of other proxies knows are kept where they mean the same.
final class ProxyMetrics {
    private ProxyMetrics() {}

    static String print(Optional<Programmed> programmed, SocketWriter.State sockets, Instant now) {
        StringBuilder text = new StringBuilder(1024);
        gauge(
                text,
                "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
                "When Services were last brought to the kernel.",
                programmed.map(it -> seconds(it.at())).orElse(0.0));
        gauge(
                text,
                "fairlead_proxy_programmed_age_seconds",
                "How long the kernel has had what it has.",
                programmed
                        .map(it -> Duration.between(it.at(), now).toMillis() / 1000.0)
                        .orElse(0.0));
        gauge(
                text,
                "fairlead_proxy_services",
                "Services that are known.",
                programmed.map(it -> (double) it.table().services().size()).orElse(0.0));
        gauge(
                text,
                "fairlead_proxy_frontends",
                "Addresses and ports at which Services are reached.",
                programmed.map(it -> (double) it.table().frontends().size()).orElse(0.0));
        gauge(
                text,
                "fairlead_proxy_endpoint_sets",
                "Sets of endpoints that flows are spread over.",
                programmed.map(it -> (double) it.table().sets().size()).orElse(0.0));
        gauge(
                text,
                "fairlead_proxy_socket_writer_active",
                "Whether sockets of pods are led to endpoints when they connect; else nftables serves"
                        + " alone.",
                sockets instanceof SocketWriter.State.Active ? 1 : 0);
        return text.toString();
    }

    private static double seconds(Instant time) {
        return time.getEpochSecond() + time.getNano() / 1e9;
    }

    private static void gauge(StringBuilder text, String name, String help, double value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
        text.append(name)
                .append(' ')
                .append(String.format(Locale.ROOT, "%.3f", value))
                .append('\n');
    }
}
