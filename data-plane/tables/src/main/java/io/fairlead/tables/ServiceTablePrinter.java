package io.fairlead.tables;

import io.fairlead.api.ObjectName;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Writes a table for people: Service by Service, each with its frontends, sets and health check.
final class ServiceTablePrinter {
    private final ServiceTable table;
    private final StringBuilder text = new StringBuilder();

    private ServiceTablePrinter(ServiceTable table) {
        this.table = table;
    }

    static String print(ServiceTable table) {
        ServiceTablePrinter printer = new ServiceTablePrinter(table);
        Viewpoint viewpoint = table.viewpoint();
        printer.line(
                "node "
                        + viewpoint.nodeName()
                        + (viewpoint.zone().isEmpty() ? "" : " in zone " + viewpoint.zone()));
        printer.line("pod ranges" + list(table.podRanges()));
        if (!table.serviceRanges().isEmpty()) {
            printer.line("service ranges" + list(table.serviceRanges()));
        }
        printer.line("local endpoints" + list(table.localAddresses()));
        new TreeSet<>(table.services()).forEach(printer::service);
        return printer.text.toString();
    }

    static String print(ServiceTable table, ObjectName service) {
        ServiceTablePrinter printer = new ServiceTablePrinter(table);
        if (table.held(service).isPresent()) {
            printer.service(service);
        }
        return printer.text.toString();
    }

    private void service(ObjectName name) {
        ServiceEntries entries = table.sources().services().get(name);
        if (entries == null) {
            return;
        }
        HeldService held = entries.held();
        line("");
        line(
                "service "
                        + name
                        + (held.uid().isEmpty() ? "" : ", uid " + held.uid())
                        + (held.resourceVersion() == 0
                                ? ""
                                : ", version " + held.resourceVersion()));
        if (entries.frontends().isEmpty() && entries.nodePorts().isEmpty()) {
            line("  none of the proxy's business");
        }
        sorted(entries.frontends())
                .forEach((key, entry) ->
                        entry(key, entry, entry.equals(table.frontends().get(key))));
        sorted(entries.nodePorts())
                .forEach((key, entry) ->
                        entry(key, entry, entry.equals(table.nodePorts().get(key))));
        sorted(entries.sets()).values().forEach(this::set);
        sorted(entries.healthChecks())
                .forEach((port, check) ->
                        line(
                                "  health check on port "
                                        + port
                                        + ": "
                                        + check.localReadyEndpoints()
                                        + " ready here"));
    }

    private void entry(Object key, FrontendEntry entry, boolean holds) {
        line(
                "  %-30s %-14s inside %s; outside %s%s"
                        .formatted(
                                key,
                                entry.origin(),
                                entry.inside(),
                                entry.outside(),
                                holds ? "" : "  (not in force: another Service holds it)"));
    }

    private void set(EndpointSet set) {
        line(
                "  set %s%s%s: %s%s"
                        .formatted(
                                set.name().port().isEmpty() ? "" : set.name().port() + " ",
                                set.name().family() + " ",
                                set.name().reach().lowerCase(),
                                set.selection(),
                                set.affinityTimeout()
                                        .map(t -> ", clients stay for " + t.toSeconds() + " s")
                                        .orElse("")));
        set.endpoints().forEach(endpoint -> line("    " + endpoint));
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private static <K extends Comparable<K>, V> SortedMap<K, V> sorted(Map<K, V> map) {
        return new TreeMap<>(map);
    }

    private static <T extends Comparable<T>> String list(Collection<T> values) {
        return values.isEmpty()
                ? " none"
                : values.stream().sorted().map(value -> " " + value).collect(Collectors.joining());
    }
}
