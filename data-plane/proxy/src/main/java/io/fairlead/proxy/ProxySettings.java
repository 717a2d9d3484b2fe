package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import java.util.List;

/// What a node's table is made for, whatever Services there are.
///
/// @param tableName the nftables table's name in the node's namespace
/// @param serviceRanges where cluster addresses are taken from: whoever is inside and sends to one that no Service has, or to a port that its Service does
///     not have, hears a refusal at once. Ranges of the other family are of no account here
public record ProxySettings(IpFamily family, String tableName, List<Cidr> serviceRanges) {
    public ProxySettings {
        serviceRanges = List.copyOf(serviceRanges);
    }
}
