package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Protocol;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.tables.Action;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// A node's Services as the socket programs know them: what TCP connections of processes in the cluster do, as far as it is to go to an
/// endpoint whoever connects. Everything else (refusals, drops, limited sources, other protocols) is left to rules.
///
/// @param own addresses of the node at which its node ports answer
/// @param frontends the set that each leads to
/// @param uses how many frontends lead to each set; a set without any is not in the maps
record SocketRules(
        Set<IpAddress> own,
        PersistentMap<SocketFrontend, SetName> frontends,
        PersistentMap<SetName, Integer> uses,
        PersistentMap<SetName, SocketSet> sets,
        SocketContents contents) {
    static SocketRules empty(Set<IpAddress> own) {
        return new SocketRules(
                Set.copyOf(own),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                SocketContents.NONE);
    }

    /// @param known the slots that the maps have already, by set; endpoints that stay keep their place and life
    static SocketRules of(
            ServiceTable table,
            Set<IpAddress> own,
            Map<Long, List<SocketEndpoint>> known,
            IntSupplier lives) {
        Compilation compilation = new Compilation(empty(own), table, known, lives);
        table.frontends().keySet().forEach(compilation::reach);
        table.nodePorts().keySet().forEach(compilation::reach);
        return compilation.done();
    }

    /// The next rules; costs as much as the delta is large.
    ///
    /// @param table as it is after `delta`
    SocketRules apply(ServiceTable table, ServiceTableDelta delta, IntSupplier lives) {
        Compilation compilation = new Compilation(this, table, Map.of(), lives);
        delta.frontends().keySet().forEach(compilation::reach);
        delta.nodePorts().keySet().forEach(compilation::reach);
        compilation.touched.addAll(delta.sets().keySet());
        return compilation.done();
    }

    /// One step; on one thread.
    private static final class Compilation {
        private final Set<IpAddress> own;
        private final ServiceTable table;
        private final Map<Long, List<SocketEndpoint>> known;
        private final IntSupplier lives;
        private final Set<SetName> touched = new LinkedHashSet<>();
        private PersistentMap<SocketFrontend, SetName> frontends;
        private PersistentMap<SetName, Integer> uses;
        private PersistentMap<SetName, SocketSet> sets;
        private SocketContents contents;

        Compilation(
                SocketRules before,
                ServiceTable table,
                Map<Long, List<SocketEndpoint>> known,
                IntSupplier lives) {
            own = before.own;
            this.table = table;
            this.known = known;
            this.lives = lives;
            frontends = before.frontends;
            uses = before.uses;
            sets = before.sets;
            contents = before.contents;
        }

        void reach(Frontend frontend) {
            if (frontend.protocol() == Protocol.TCP) {
                lead(new SocketFrontend(frontend.address(), frontend.port()));
            }
        }

        void reach(NodePort port) {
            if (port.protocol() == Protocol.TCP) {
                for (IpAddress address : own) {
                    if (address.family() == port.family()) {
                        lead(new SocketFrontend(address, port.port()));
                    }
                }
            }
        }

        private void lead(SocketFrontend frontend) {
            SetName before = frontends.get(frontend);
            SetName after = setOf(entry(frontend)).orElse(null);
            if (before != null && !before.equals(after)) {
                frontends = frontends.without(frontend);
                contents = contents.without(frontend);
                use(before, -1);
            }
            if (after != null && !after.equals(before)) {
                frontends = frontends.with(frontend, after);
                contents = contents.with(frontend, SocketSet.id(after));
                use(after, 1);
            }
        }

        /// An address of a Service goes before a port of the node, as in the rules.
        private @Nullable FrontendEntry entry(SocketFrontend frontend) {
            FrontendEntry entry =
                    table.frontends()
                            .get(new Frontend(frontend.address(), Protocol.TCP, frontend.port()));
            return entry != null || !own.contains(frontend.address())
                    ? entry
                    : table.nodePorts()
                            .get(
                                    new NodePort(
                                            frontend.address().family(),
                                            Protocol.TCP,
                                            frontend.port()));
        }

        private static Optional<SetName> setOf(@Nullable FrontendEntry entry) {
            return entry != null
                            && entry.inside() instanceof Action.Balance balance
                            && balance.sources().isEmpty()
                            && balance.sourceAddress() == Action.SourceAddress.KEPT
                    ? Optional.of(balance.set())
                    : Optional.empty();
        }

        private void use(SetName set, int change) {
            Integer before = uses.get(set);
            int count = (before == null ? 0 : before) + change;
            uses = count == 0 ? uses.without(set) : uses.with(set, count);
            touched.add(set);
        }

        SocketRules done() {
            touched.forEach(this::bring);
            return new SocketRules(own, frontends, uses, sets, contents);
        }

        private void bring(SetName name) {
            SocketSet before = sets.get(name);
            EndpointSet wanted = uses.contains(name) ? table.sets().get(name) : null;
            SocketSet after = null;
            if (wanted != null) {
                List<SocketEndpoint> slots =
                        before != null
                                ? before.slots()
                                : known.getOrDefault(SocketSet.id(name), List.of());
                after = SocketSet.of(wanted, slots, lives);
            }
            contents = contents.with(before, after);
            sets = after == null ? sets.without(name) : sets.with(name, after);
        }
    }
}
