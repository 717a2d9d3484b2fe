package io.fairlead.loadbalancer;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinkAddress;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// On which links a node announces, and the networks that are on them: an address is asked for only by machines that take it for one of their own network.
///
/// @param names the links; none for those that have the Node's addresses
/// @param extra ranges that are on all of the links, although no address of theirs says so
record AnnouncedLinks(List<String> names, List<Cidr> extra) {
    /// The networks of each link, as the kernel has them now.
    ///
    /// @param own the Node's addresses
    Map<String, List<Cidr>> read(NetworkNamespace namespace, Set<IpAddress> own) {
        try (NetworkStack stack = NetworkStack.open(namespace)) {
            Map<Integer, List<IpPrefix>> addresses = new HashMap<>();
            for (LinkAddress address : stack.addresses().list()) {
                addresses
                        .computeIfAbsent(address.linkIndex(), _ -> new ArrayList<>())
                        .add(address.address());
            }
            Map<String, List<Cidr>> networks = new TreeMap<>();
            for (Link link : stack.links().list()) {
                List<IpPrefix> held = addresses.getOrDefault(link.index(), List.of());
                if (isChosen(link, held, own)) {
                    networks.put(link.name(), networks(held));
                }
            }
            return networks;
        }
    }

    private boolean isChosen(Link link, List<IpPrefix> held, Set<IpAddress> own) {
        return names.isEmpty()
                ? link.mac().isPresent()
                        && held.stream().anyMatch(it -> own.contains(IpAddress.of(it.address())))
                : names.contains(link.name());
    }

    private List<Cidr> networks(List<IpPrefix> held) {
        List<Cidr> networks = new ArrayList<>(extra);
        for (IpPrefix address : held) {
            boolean isAlone = address.prefixLength() == address.address().getAddress().length * 8;
            if (!isAlone && !address.address().isLinkLocalAddress()) {
                networks.add(Cidr.parse(address.network().toString()));
            }
        }
        return List.copyOf(networks);
    }

    /// Why nothing would announce the addresses of a range; empty when the links can.
    Optional<String> refusal(NetworkNamespace namespace, AddressRange range, Set<IpAddress> own) {
        Map<String, List<Cidr>> networks = read(namespace, own);
        boolean isReached =
                range.cidrs().stream()
                        .allMatch(part ->
                                networks.values().stream()
                                        .flatMap(List::stream)
                                        .anyMatch(it -> it.contains(part)));
        if (isReached) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>();
        networks.forEach((link, ranges) ->
                words.add(
                        link
                                + " ("
                                + String.join(", ", ranges.stream().map(Cidr::toString).toList())
                                + ")"));
        return Optional.of(
                "nothing announces %s: it lies in none of the networks of %s"
                        .formatted(
                                range,
                                words.isEmpty()
                                        ? "a link, since no link "
                                                + (names.isEmpty()
                                                        ? "has an address of the Node"
                                                        : "is named " + String.join(", ", names))
                                        : String.join(", ", words)));
    }
}
