package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Protocol;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.proxy.NodeRules.Use;
import io.fairlead.tables.Action;
import io.fairlead.tables.Changed;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.Membership;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Which UDP flows a change leaves behind: UDP has no end, so a client that keeps sending stays with a vanished endpoint for ever unless
/// its flow is forgotten. Flows of endpoints that live on are never touched. TCP needs none of this: its connections end by themselves.
///
/// @param vanished set numbers with the endpoints that left them
/// @param opened frontends that began to lead somewhere: who sent there before was not translated
/// @param openedPorts node ports of that kind
record StaleFlows(Set<Gone> vanished, Set<Frontend> opened, Set<Integer> openedPorts)
        implements Predicate<Flow> {
    static final StaleFlows NONE = new StaleFlows(Set.of(), Set.of(), Set.of());

    record Gone(int set, InetAddress address, int port) {}

    static StaleFlows of(NodeRules before, ServiceTableDelta delta) {
        Set<Gone> vanished = new HashSet<>();
        delta.sets()
                .forEach((name, change) -> {
                    BalancedSet set = before.sets().get(name);
                    if (set != null && isUdp(before, name)) {
                        List<Endpoint> after =
                                change.after().map(EndpointSet::endpoints).orElse(List.of());
                        for (Endpoint endpoint :
                                Membership.ofSorted(set.set().endpoints(), after).left()) {
                            vanished.add(
                                    new Gone(
                                            set.id(),
                                            endpoint.address().toInetAddress(),
                                            endpoint.port()));
                        }
                    }
                });
        Set<Frontend> opened = new HashSet<>();
        delta.frontends()
                .forEach((key, change) -> {
                    if (key.protocol() == Protocol.UDP && isOpening(change)) {
                        opened.add(key);
                    }
                });
        Set<Integer> openedPorts = new HashSet<>();
        delta.nodePorts()
                .forEach((NodePort key, Changed<FrontendEntry> change) -> {
                    if (key.protocol() == Protocol.UDP && isOpening(change)) {
                        openedPorts.add(key.port());
                    }
                });
        return new StaleFlows(vanished, opened, openedPorts);
    }

    /// What two changes leave behind, one after the other.
    StaleFlows and(StaleFlows later) {
        if (isEmpty()) {
            return later;
        }
        return later.isEmpty()
                ? this
                : new StaleFlows(
                        union(vanished, later.vanished),
                        union(opened, later.opened),
                        union(openedPorts, later.openedPorts));
    }

    private static <T> Set<T> union(Set<T> one, Set<T> other) {
        Set<T> both = new HashSet<>(one);
        both.addAll(other);
        return both;
    }

    boolean isEmpty() {
        return vanished.isEmpty() && opened.isEmpty() && openedPorts.isEmpty();
    }

    @Override
    public boolean test(Flow flow) {
        if (flow.protocol() != Protocol.UDP.number()) {
            return false;
        }
        if (flow.isTranslated()) {
            return vanished.contains(
                    new Gone(
                            flow.mark() & Mark.SET,
                            flow.reply().source(),
                            flow.reply().sourcePort()));
        }
        int port = flow.original().destinationPort();
        return openedPorts.contains(port)
                || opened.contains(
                        new Frontend(
                                IpAddress.of(flow.original().destination()), Protocol.UDP, port));
    }

    private static boolean isUdp(NodeRules rules, SetName name) {
        PersistentMap<Use, List<Cidr>> known = rules.uses().get(name);
        if (known == null) {
            return false;
        }
        boolean[] isUdp = {false};
        known.differencesTo(
                PersistentMap.empty(), (use, _, _) -> isUdp[0] |= use.protocol() == Protocol.UDP);
        return isUdp[0];
    }

    private static boolean isOpening(Changed<FrontendEntry> change) {
        return change.before().filter(StaleFlows::leadsSomewhere).isEmpty()
                && change.after().filter(StaleFlows::leadsSomewhere).isPresent();
    }

    private static boolean leadsSomewhere(FrontendEntry entry) {
        return entry.inside() instanceof Action.Balance
                || entry.outside() instanceof Action.Balance;
    }
}
