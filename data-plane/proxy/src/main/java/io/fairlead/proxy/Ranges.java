package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Tuple;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Address ranges as elements of interval sets, in which the kernel wants no overlaps.
final class Ranges {
    private Ranges() {}

    /// The ruleset with a set that holds these ranges, those of one family, and nothing else.
    static Ruleset fill(Ruleset ruleset, String set, Collection<Cidr> ranges, IpFamily family) {
        List<Cidr> wanted = ranges.stream().filter(it -> it.family() == family).toList();
        NamedSet filled = NamedSet.empty(set, ruleset.set(set).shape());
        for (Cidr range : disjoint(wanted)) {
            filled = filled.with(Element.range(first(range), last(range)));
        }
        return ruleset.with(filled);
    }

    /// The ranges without those that lie in others; two ranges never overlap otherwise.
    static Set<Cidr> disjoint(Collection<Cidr> ranges) {
        Set<Cidr> disjoint = new LinkedHashSet<>();
        for (Cidr range : ranges) {
            if (ranges.stream().noneMatch(it -> !it.equals(range) && it.contains(range))) {
                disjoint.add(range);
            }
        }
        return disjoint;
    }

    static Tuple first(Cidr range) {
        return Tuple.of(range.first());
    }

    static Tuple last(Cidr range) {
        byte[] bytes = range.first().getAddress();
        for (int bit = range.prefixLength(); bit < bytes.length * 8; bit++) {
            bytes[bit / 8] |= (byte) (0x80 >>> bit % 8);
        }
        return Tuple.of(IpAddress.ofBytes(bytes).toInetAddress());
    }
}
