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

/// The one table of a cluster on the host: what nodes send beyond it leaves with the host's address, since nobody out there knows the
/// nodes' range.
final class HostTable {
    /// The kernel's place for translating sources.
    private static final int PRIORITY = 100;

    private static final String NODES = "nodes";

    private HostTable() {}

    static TableName name(String cluster) {
        String name =
                cluster.equals(ClusterSettings.DEFAULT_NAME) ? cluster : "fairlead-" + cluster;
        return new TableName(TableName.Family.IP, name);
    }

    static Ruleset of(ClusterSettings settings) {
        Cidr range = settings.nodeCidr();
        NamedSet nodes =
                NamedSet.empty(NODES, SetShape.set(TupleType.of(DataType.IPV4_ADDR)).intervals())
                        .with(
                                Element.range(
                                        Tuple.of(range.first()),
                                        Tuple.of(range.address(range.size() - 1))));
        Rule masquerade =
                Rule.of(
                        new Statement.Look(
                                Expression.Field.IP_SOURCE, Statement.Membership.IN, NODES),
                        new Statement.Look(
                                Expression.Field.IP_DESTINATION,
                                Statement.Membership.NOT_IN,
                                NODES),
                        new Statement.Masquerade());
        Chain.Hook hook = new Chain.Hook(Chain.Kind.NAT, Chain.Point.POSTROUTING, PRIORITY);
        return Ruleset.empty(name(settings.name()))
                .with(nodes)
                .with(Chain.base("leave", hook, masquerade));
    }
}
