package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.DataType;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.Expression;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Rule;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.SetShape;
import io.fairlead.nftables.Statement;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.TupleType;
import java.util.List;

/// The one table of a cluster on the host, in each of its families: what nodes send beyond it leaves with the host's address, since nobody out there knows the
/// nodes' range.
final class HostTable {
    /// The kernel's place for translating sources.
    private static final int PRIORITY = 100;

    private static final String NODES = "nodes";

    private HostTable() {}

    static String name(String cluster) {
        return cluster.equals(ClusterSettings.DEFAULT_NAME) ? cluster : "fairlead-" + cluster;
    }

    /// The tables that a cluster may have, one a family.
    static List<TableName> names(String cluster) {
        return List.of(
                new TableName(TableName.Family.IP, name(cluster)),
                new TableName(TableName.Family.IP6, name(cluster)));
    }

    /// One for each of the cluster's families.
    static List<Ruleset> of(ClusterSettings settings) {
        return settings.nodeCidrs().list().stream()
                .map(range -> table(name(settings.name()), range))
                .toList();
    }

    private static Ruleset table(String name, Cidr range) {
        boolean isIpv6 = range.isIpv6();
        TableName table = new TableName(isIpv6 ? TableName.Family.IP6 : TableName.Family.IP, name);
        TupleType address = TupleType.of(isIpv6 ? DataType.IPV6_ADDR : DataType.IPV4_ADDR);
        NamedSet nodes =
                NamedSet.empty(NODES, SetShape.set(address).intervals())
                        .with(Element.range(Tuple.of(range.first()), Tuple.of(range.last())));
        Rule masquerade =
                Rule.of(
                        new Statement.Look(
                                isIpv6 ? Expression.Field.IP6_SOURCE : Expression.Field.IP_SOURCE,
                                Statement.Membership.IN,
                                NODES),
                        new Statement.Look(
                                isIpv6
                                        ? Expression.Field.IP6_DESTINATION
                                        : Expression.Field.IP_DESTINATION,
                                Statement.Membership.NOT_IN,
                                NODES),
                        new Statement.Masquerade());
        Chain.Hook hook = new Chain.Hook(Chain.Kind.NAT, Chain.Point.POSTROUTING, PRIORITY);
        return Ruleset.empty(table).with(nodes).with(Chain.base("leave", hook, masquerade));
    }
}
