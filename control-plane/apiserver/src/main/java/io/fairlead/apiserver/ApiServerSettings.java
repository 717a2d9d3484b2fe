package io.fairlead.apiserver;

import io.fairlead.api.FamilyCidrs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What an API server is told when it is made.
///
/// @param folder where keys are kept; made when missing
/// @param listeners the addresses to listen on
/// @param names further DNS names under which clients reach the server, beside those of Service `kubernetes`
/// @param advertised the address and port that pods reach: the endpoint of Service `kubernetes`; no loopback address
/// @param serviceRanges where cluster addresses come from at first; the first address of the primary one is Service `kubernetes`
/// @param nodePorts where Services of type NodePort and LoadBalancer get their ports
/// @param access who is let in by other means than certificates and service accounts
/// @param limits how much is done at a time
/// @param eventLifetime how long events are kept
/// @param history how long the past can be watched
public record ApiServerSettings(
        Path folder,
        List<Listener> listeners,
        List<String> names,
        InetSocketAddress advertised,
        FamilyCidrs serviceRanges,
        NodePorts nodePorts,
        AccessSettings access,
        RequestLimits limits,
        Duration eventLifetime,
        Duration history) {
    public ApiServerSettings {
        listeners = List.copyOf(listeners);
        names = List.copyOf(names);
    }

    /// An address to listen on, and the network namespace in which it is.
    public record Listener(InetSocketAddress address, SocketScope scope) {}

    /// A server at one address of the caller's own namespace.
    ///
    /// @param advertised must not be a loopback address
    public static ApiServerSettings of(
            Path folder, InetSocketAddress address, InetSocketAddress advertised) {
        return new ApiServerSettings(
                folder,
                List.of(new Listener(address, SocketScope.HERE)),
                List.of("localhost"),
                advertised,
                FamilyCidrs.parse("10.96.0.0/12"),
                NodePorts.usual(),
                AccessSettings.USUAL,
                RequestLimits.USUAL,
                Duration.ofHours(1),
                Duration.ofMinutes(10));
    }

    public ApiServerSettings with(AccessSettings chosen) {
        return new ApiServerSettings(
                folder,
                listeners,
                names,
                advertised,
                serviceRanges,
                nodePorts,
                chosen,
                limits,
                eventLifetime,
                history);
    }

    public ApiServerSettings with(RequestLimits chosen) {
        return new ApiServerSettings(
                folder,
                listeners,
                names,
                advertised,
                serviceRanges,
                nodePorts,
                access,
                chosen,
                eventLifetime,
                history);
    }

    /// The address of Service `kubernetes`.
    InetAddress serviceAddress() {
        return serviceRanges.primary().address(1);
    }
}
