package io.fairlead.controllers;

import io.fairlead.api.AddressRange;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.ObjectName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gives out the addresses of a pool to all Services at once: a pure function of what they want and of what they have.
///
/// Whoever has an address keeps it while it is in the pool and not wished otherwise; then come those that wait, the oldest first. An address
/// belongs to one Service, or to several that carry the same word to share and have no port in common.
final class LoadBalancerAddresses {
    private final LoadBalancerPool pool;
    private final Map<IpAddress, List<LoadBalancerRequest>> holders = new HashMap<>();
    private final Map<AddressRange, Optional<IpAddress>> next = new HashMap<>();

    private LoadBalancerAddresses(LoadBalancerPool pool) {
        this.pool = pool;
    }

    /// What one Service gets.
    ///
    /// @param problem why it gets nothing, or less than it wants; empty when it gets all
    record Given(List<IpAddress> addresses, String problem) {}

    static Map<ObjectName, Given> of(
            LoadBalancerPool pool, Collection<LoadBalancerRequest> requests) {
        LoadBalancerAddresses addresses = new LoadBalancerAddresses(pool);
        List<LoadBalancerRequest> order = new ArrayList<>(requests);
        order.sort(
                Comparator.comparing((LoadBalancerRequest it) -> !addresses.mayKeep(it))
                        .thenComparing(LoadBalancerRequest::created)
                        .thenComparing(LoadBalancerRequest::service));
        Map<ObjectName, Given> given = new LinkedHashMap<>();
        for (LoadBalancerRequest request : order) {
            given.put(request.service(), addresses.give(request));
        }
        return given;
    }

    private boolean mayKeep(LoadBalancerRequest request) {
        return request.held().stream()
                .anyMatch(held ->
                        pool.offers(held)
                                && request.wish(held.family())
                                        .filter(it -> !it.equals(held))
                                        .isEmpty());
    }

    private Given give(LoadBalancerRequest request) {
        List<IpAddress> addresses = new ArrayList<>();
        String problem = "";
        for (IpFamily family : request.families()) {
            boolean isOffered = pool.ranges().stream().anyMatch(it -> it.family() == family);
            boolean isWanted =
                    isOffered
                            || request.completeness()
                                    == LoadBalancerRequest.Completeness.ALL_FAMILIES
                            || request.families().size() == 1
                            || request.wish(family).isPresent();
            if (!isWanted) {
                continue;
            }
            IpAddress address = choose(request, family);
            if (address != null) {
                addresses.add(address);
            } else {
                problem = problem(request, family);
            }
        }
        boolean isEnough =
                problem.isEmpty()
                        || (!addresses.isEmpty()
                                && request.completeness()
                                        == LoadBalancerRequest.Completeness.ANY_FAMILY);
        if (!isEnough) {
            return new Given(List.of(), problem);
        }
        for (IpAddress address : addresses) {
            holders.computeIfAbsent(address, _ -> new ArrayList<>()).add(request);
        }
        return new Given(List.copyOf(addresses), problem);
    }

    private @Nullable IpAddress choose(LoadBalancerRequest request, IpFamily family) {
        Optional<IpAddress> wish = request.wish(family);
        if (wish.isPresent()) {
            return isFree(wish.get(), request) ? wish.get() : null;
        }
        Optional<IpAddress> held = request.held(family).filter(it -> isFree(it, request));
        if (held.isPresent()) {
            return held.get();
        }
        if (!request.sharing().isEmpty()) {
            Optional<IpAddress> shared =
                    holders.keySet().stream()
                            .filter(it -> it.family() == family && isFree(it, request))
                            .sorted()
                            .findFirst();
            if (shared.isPresent()) {
                return shared.get();
            }
        }
        return unheld(family);
    }

    private boolean isFree(IpAddress address, LoadBalancerRequest request) {
        return pool.offers(address)
                && holders.getOrDefault(address, List.of()).stream()
                        .allMatch(holder -> agree(holder, request));
    }

    private static boolean agree(LoadBalancerRequest holder, LoadBalancerRequest request) {
        return !request.sharing().isEmpty()
                && holder.sharing().equals(request.sharing())
                && holder.ports().stream().noneMatch(request.ports()::contains);
    }

    /// The lowest address that nobody has. What was passed over is taken, so that the search goes on from there the next time.
    private @Nullable IpAddress unheld(IpFamily family) {
        for (AddressRange range : pool.ranges()) {
            if (range.family() == family) {
                Optional<IpAddress> at =
                        next.computeIfAbsent(range, it -> Optional.of(it.firstUsable()));
                while (at.isPresent() && holders.containsKey(at.get())) {
                    at = range.after(at.get());
                }
                next.put(range, at);
                if (at.isPresent()) {
                    return at.get();
                }
            }
        }
        return null;
    }

    private String problem(LoadBalancerRequest request, IpFamily family) {
        Optional<IpAddress> wish = request.wish(family);
        if (wish.isEmpty()) {
            return pool.isEmpty()
                    ? ""
                    : "no %s address is free in the pool %s".formatted(family, pool);
        }
        if (!pool.offers(wish.get())) {
            return "the wanted address %s is not in the pool %s".formatted(wish.get(), pool);
        }
        List<String> names =
                holders.getOrDefault(wish.get(), List.of()).stream()
                        .filter(holder -> !agree(holder, request))
                        .map(holder -> holder.service().toString())
                        .toList();
        return "the wanted address %s is held by Service %s; Services share one when all carry the same annotation %s and no port twice"
                .formatted(
                        wish.get(),
                        String.join(", ", names),
                        LoadBalancerRequest.SHARED_ANNOTATION);
    }
}
