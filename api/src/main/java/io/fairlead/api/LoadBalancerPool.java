package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The addresses that Services of type LoadBalancer get, lowest first.
///
/// A cluster's pool is what it was started with, until ConfigMap [#CONFIG_MAP] exists: then it is what that says under [#KEY], live.
public record LoadBalancerPool(List<AddressRange> ranges) {
    public static final LoadBalancerPool NONE = new LoadBalancerPool(List.of());

    public static final ObjectName CONFIG_MAP =
            new ObjectName("kube-system", "fairlead-load-balancer");

    /// The entry of the ConfigMap that holds the ranges.
    public static final String KEY = "pools";

    public LoadBalancerPool {
        ranges = List.copyOf(ranges);
    }

    /// Reads ranges separated by commas or white space; `none` or nothing is the empty pool.
    ///
    /// @throws IllegalArgumentException with a sentence that quotes what cannot be read, or names two ranges that overlap
    public static LoadBalancerPool parse(String text) {
        List<AddressRange> ranges = new ArrayList<>();
        if (text.strip().equals("none")) {
            return NONE;
        }
        for (String word : text.split("[,\\s]+", -1)) {
            if (!word.isEmpty()) {
                AddressRange range = AddressRange.parse(word);
                for (AddressRange other : ranges) {
                    if (range.overlaps(other)) {
                        throw new IllegalArgumentException(
                                "%s and %s overlap".formatted(other, range));
                    }
                }
                ranges.add(range);
            }
        }
        return new LoadBalancerPool(ranges);
    }

    /// What a ConfigMap says; `otherwise` while there is none, or none with pools.
    ///
    /// @throws IllegalArgumentException as [#parse]
    public static LoadBalancerPool of(Optional<JsonObject> configMap, LoadBalancerPool otherwise) {
        return configMap
                .filter(map -> map.has("data", KEY))
                .map(map -> parse(map.text("data", KEY)))
                .orElse(otherwise);
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    /// Whether the address may be given out.
    public boolean offers(IpAddress address) {
        return ranges.stream().anyMatch(range -> range.offers(address));
    }

    public boolean contains(IpAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    /// The whole pool as ranges with prefixes.
    public List<Cidr> cidrs() {
        return ranges.stream().flatMap(range -> range.cidrs().stream()).toList();
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        return ranges.isEmpty()
                ? "none"
                : String.join(",", ranges.stream().map(AddressRange::toString).toList());
    }
}
