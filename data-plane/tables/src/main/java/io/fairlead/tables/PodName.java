package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import java.util.List;
import java.util.Optional;

/// Names such as `10-244-1-5.default.pod.cluster.local`. They are computed, not stored: the name says the address, and it is answered
/// for any address in a namespace that exists, as clusters do by default. No pod needs to be watched for that.
final class PodName {
    private PodName() {}

    static Optional<Records> records(String name, NameTable table) {
        int dot = name.indexOf('.');
        int end = name.length() - table.zone().length() - ".pod.".length();
        if (dot < 0
                || end <= dot
                || !name.startsWith(".pod.", end)
                || !name.endsWith(table.zone())
                || !table.knowsNamespace(name.substring(dot + 1, end))) {
            return Optional.empty();
        }
        return address(name.substring(0, dot))
                .map(address -> Records.ofAddresses(List.of(address)));
    }

    private static Optional<IpAddress> address(String dashed) {
        Optional<IpAddress> ipv4 = IpAddress.find(dashed.replace('-', '.'));
        return ipv4.isPresent() || dashed.indexOf('-') < 0
                ? ipv4
                : IpAddress.find(dashed.replace('-', ':'));
    }
}
