package io.fairlead.api;

import java.util.Optional;

/// A transport protocol that Services carry.
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /// The number in an IP header.
    public int number() {
        return number;
    }

    /// By its name in objects, where absence means TCP; empty for names we do not know.
    public static Optional<Protocol> find(String name) {
        return switch (name) {
            case "", "TCP" -> Optional.of(TCP);
            case "UDP" -> Optional.of(UDP);
            case "SCTP" -> Optional.of(SCTP);
            default -> Optional.empty();
        };
    }

    /// As people write it after a port: `tcp`.
    public String lowerCase() {
        return switch (this) {
            case TCP -> "tcp";
            case UDP -> "udp";
            case SCTP -> "sctp";
        };
    }
}
