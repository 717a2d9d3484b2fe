package io.fairlead.cluster;

import io.fairlead.api.IpAddress;

/// A part of a cluster that must know its Services, and tells on port 10256 of its address which it does.
///
/// @param name of the node, or of the pod of a DNS server
/// @param node the node that it is on
public record Holder(Kind kind, String name, String node, IpAddress address) {
    public static final int PORT = 10256;

    public enum Kind {
        PROXY,
        DNS
    }

    /// Such as `proxy of node-1`.
    @Override
    public String toString() {
        return switch (kind) {
            case PROXY -> "proxy of " + name;
            case DNS -> "DNS server " + name;
        };
    }
}
