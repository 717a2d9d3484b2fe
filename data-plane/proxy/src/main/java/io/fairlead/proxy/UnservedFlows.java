package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.tables.Action;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTable;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which flows the rules would not have made: for when it is unknown what happened, because rules were missing for a while or an earlier process
/// programmed the kernel. What lives is left alone:
///
/// - UDP flows that carry a set's number and go to an endpoint which is not in that set are cut; they would never end by themselves.
/// - Flows to a frontend that were let through untranslated are cut: UDP ones at all events, TCP ones as long as nobody answered, so that the
///   client's next attempt finds an endpoint.
final class UnservedFlows implements Predicate<Flow> {
    private final ServiceTable table;
    private final Map<Integer, Set<Served>> sets = new HashMap<>();
    private final boolean isIpv4;

    private record Served(InetAddress address, int port) {}

    UnservedFlows(ServiceTable table, NodeRules rules) {
        this.table = table;
        isIpv4 = rules.family() == IpFamily.IPV4;
        for (BalancedSet set : rules.sets().values()) {
            Set<Served> served = new HashSet<>();
            set.slots()
                    .forEach(it -> served.add(new Served(it.address().toInetAddress(), it.port())));
            sets.put(set.id(), served);
        }
    }

    @Override
    public boolean test(Flow flow) {
        IpAddress destination = IpAddress.of(flow.original().destination());
        boolean isUdp = flow.protocol() == ConnectionTracking.UDP;
        if (destination.isIpv4() != isIpv4
                || (!isUdp && flow.protocol() != ConnectionTracking.TCP)) {
            return false;
        }
        if (flow.isTranslated()) {
            int set = flow.mark() & Mark.SET;
            Served at = new Served(flow.reply().source(), flow.reply().sourcePort());
            return isUdp && set >= Mark.FIRST_SET && !sets.getOrDefault(set, Set.of()).contains(at);
        }
        return (isUdp || !flow.isAnswered()) && isFrontend(destination, flow);
    }

    private boolean isFrontend(IpAddress destination, Flow flow) {
        Protocol protocol = flow.protocol() == ConnectionTracking.UDP ? Protocol.UDP : Protocol.TCP;
        int port = flow.original().destinationPort();
        return leadsSomewhere(table.frontends().get(new Frontend(destination, protocol, port)))
                || leadsSomewhere(
                        table.nodePorts().get(new NodePort(destination.family(), protocol, port)));
    }

    private static boolean leadsSomewhere(@Nullable FrontendEntry entry) {
        return Optional.ofNullable(entry)
                .filter(it ->
                        it.inside() instanceof Action.Balance
                                || it.outside() instanceof Action.Balance)
                .isPresent();
    }
}
