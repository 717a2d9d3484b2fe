package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.nftables.Packet;
import io.fairlead.tables.Action;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Where a packet may go, straight from the table: what rules are judged by.
final class Oracle {
    private Oracle() {}

    /// All allowed fates, in the words of [io.fairlead.nftables.Fate#print].
    static Set<String> fates(ServiceTable table, Packet packet) {
        return fates(table, table, packet);
    }

    /// As [#fates], for a packet that meets the entries of one table and the sets of another.
    static Set<String> fates(ServiceTable table, ServiceTable later, Packet packet) {
        IpAddress source = IpAddress.of(packet.source());
        boolean isFromPod = table.podRanges().stream().anyMatch(it -> it.contains(source));
        boolean isInside = isFromPod || packet.origin() == Packet.Origin.OWN_PROCESS;
        IpAddress destination = IpAddress.of(packet.destination());
        Protocol protocol = Protocol.valueOf(packet.protocol().name());
        Optional<FrontendEntry> entry =
                Optional.ofNullable(
                        table.frontends()
                                .get(
                                        new Frontend(
                                                destination, protocol, packet.destinationPort())));
        Optional<Action> action =
                entry.map(it -> isInside ? it.inside() : it.outside())
                        .filter(it -> !(it instanceof Action.Ignore));
        if (action.isEmpty() && packet.isForOwnAddress()) {
            action =
                    Optional.ofNullable(
                                    table.nodePorts()
                                            .get(
                                                    new NodePort(
                                                            IpFamily.IPV4,
                                                            protocol,
                                                            packet.destinationPort())))
                            .map(it -> isInside ? it.inside() : it.outside())
                            .filter(it -> !(it instanceof Action.Ignore));
        }
        Set<String> fates = new TreeSet<>();
        switch (action.orElseGet(Action.Ignore::new)) {
            case Action.Ignore() -> {
                boolean isServiceless =
                        TestCluster.SETTINGS.serviceRanges().stream()
                                .anyMatch(it -> it.contains(destination));
                if (isInside && isServiceless) {
                    fates.add(protocol == Protocol.TCP ? "reset" : "unreachable");
                    break;
                }
                boolean leavesPods =
                        isFromPod
                                && !packet.isForOwnAddress()
                                && table.podRanges().stream()
                                        .noneMatch(it -> it.contains(destination));
                fates.add(leavesPods ? "untouched, masqueraded" : "untouched");
            }
            case Action.Refuse() -> fates.add(protocol == Protocol.TCP ? "reset" : "unreachable");
            case Action.Drop() -> fates.add("dropped");
            case Action.Balance balance -> {
                if (!balance.sources().isEmpty()
                        && balance.sources().stream().noneMatch(it -> it.contains(source))) {
                    fates.add("dropped");
                    break;
                }
                var set = later.sets().get(balance.set());
                for (var endpoint : set == null ? List.<Endpoint>of() : set.endpoints()) {
                    boolean isHairpin =
                            endpoint.address().equals(source)
                                    && table.localAddresses().contains(source);
                    boolean leavesPods =
                            isFromPod
                                    && table.podRanges().stream()
                                            .noneMatch(it -> it.contains(endpoint.address()));
                    boolean isMasqueraded =
                            balance.sourceAddress() == Action.SourceAddress.MASQUERADED
                                    || isHairpin
                                    || leavesPods;
                    fates.add(
                            endpoint.address()
                                    + ":"
                                    + endpoint.port()
                                    + (isMasqueraded ? ", masqueraded" : ""));
                }
            }
        }
        return fates;
    }
}
