package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.SetName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;

/// An endpoint set as it lies in the maps of the socket programs.
///
/// @param id follows from the name alone, so that a later process means the same set by it
/// @param slots the endpoints by index. An endpoint keeps its index as long as it can
record SocketSet(
        SetName name,
        long id,
        Selection selection,
        long affinitySeconds,
        List<SocketEndpoint> slots) {
    SocketSet {
        slots = List.copyOf(slots);
    }

    /// How it is chosen from.
    SocketContents.Balance balance() {
        return new SocketContents.Balance(slots.size(), selection, affinitySeconds);
    }

    /// @param known what the maps have of this set already; empty when nothing
    /// @param lives gives a newcomer the number of its life
    static SocketSet of(EndpointSet set, List<SocketEndpoint> known, IntSupplier lives) {
        return new SocketSet(
                set.name(),
                id(set.name()),
                set.selection(),
                set.affinityTimeout().map(Duration::toSeconds).orElse(0L),
                arranged(known, set.endpoints(), lives));
    }

    /// A digest, so that nobody can name a Service such that its set is taken for somebody else's.
    static long id(SetName name) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(name.toString().getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest.digest()).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Newcomers take the places of those that left, and then the last ones do.
    private static List<SocketEndpoint> arranged(
            List<SocketEndpoint> known, List<Endpoint> wanted, IntSupplier lives) {
        Map<SocketEndpoint, SocketEndpoint> living = new HashMap<>();
        known.forEach(slot -> living.put(lifeless(slot.address(), slot.port()), slot));
        Set<SocketEndpoint> gone = new LinkedHashSet<>(known);
        Set<SocketEndpoint> came = new LinkedHashSet<>();
        for (Endpoint endpoint : wanted) {
            SocketEndpoint place = lifeless(endpoint.address(), endpoint.port());
            SocketEndpoint kept = living.get(place);
            if (kept == null) {
                came.add(new SocketEndpoint(place.address(), place.port(), lives.getAsInt()));
            } else {
                gone.remove(kept);
            }
        }
        return BalancedSet.arranged(known, gone, came);
    }

    private static SocketEndpoint lifeless(IpAddress address, int port) {
        return new SocketEndpoint(address, port, 0);
    }
}
