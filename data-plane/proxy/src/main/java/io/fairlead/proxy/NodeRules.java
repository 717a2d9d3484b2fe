package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Protocol;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Tuple;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.SetName;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// A node's compiled table of one address family, with what the next step has to remember of it.
///
/// @param settings what they are made for
/// @param sets how each endpoint set lies in the maps
/// @param uses who leads to each set
/// @param affinities the lifetime of each affinity map; the first has number 1
/// @param nextSet the next number for a set. Numbers come round after 16 million sets, so that no packet under way meets one again
public record NodeRules(
        ProxySettings settings,
        Ruleset ruleset,
        PersistentMap<SetName, BalancedSet> sets,
        PersistentMap<SetName, PersistentMap<Use, List<Cidr>>> uses,
        List<Duration> affinities,
        int nextSet) {
    /// A frontend's or node port's entry that leads to a set; its value are the sources it is limited to.
    ///
    /// @param key the element's key in its map
    record Use(String map, Tuple key, Protocol protocol) {}

    public NodeRules {
        affinities = List.copyOf(affinities);
    }

    /// The table before anything is known.
    public static NodeRules empty(ProxySettings settings) {
        RulesetFrame frame = new RulesetFrame(settings.family());
        return new NodeRules(
                settings,
                frame.empty(settings.tableName(), settings.serviceRanges()),
                PersistentMap.empty(),
                PersistentMap.empty(),
                List.of(),
                Mark.FIRST_SET);
    }

    IpFamily family() {
        return settings.family();
    }

    /// These rules with other members.
    ///
    /// @param remotePods where the other nodes' pods are
    NodeRules withMembers(Collection<IpAddress> members, Collection<Cidr> remotePods) {
        return new NodeRules(
                settings,
                MemberRules.with(ruleset, family(), members, remotePods),
                sets,
                uses,
                affinities,
                nextSet);
    }

    Set<IpAddress> members() {
        return MemberRules.of(ruleset, family());
    }

    /// As a file that `nft -f` loads.
    public String print() {
        return RulesPrinter.print(this);
    }

    /// The part of one Service: the elements that are there for it, and the chains that its packets can reach.
    ///
    /// @param table what these rules were compiled from
    public String print(ServiceTable table, ObjectName service) {
        return RulesPrinter.print(this, table, service);
    }
}
