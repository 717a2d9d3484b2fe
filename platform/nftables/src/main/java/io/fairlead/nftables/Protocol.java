package io.fairlead.nftables;

/// The transport protocols that have ports.
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /// The number in the IP header.
    public int number() {
        return number;
    }

    static Protocol numbered(int number) {
        for (Protocol protocol : values()) {
            if (protocol.number == number) {
                return protocol;
            }
        }
        throw new NftablesException("protocol " + number + " has no ports");
    }

    /// The name in a ruleset file; a number for protocols without ports.
    static String name(int number) {
        for (Protocol protocol : values()) {
            if (protocol.number == number) {
                return protocol.keyword();
            }
        }
        return Integer.toString(number);
    }

    public String keyword() {
        return switch (this) {
            case TCP -> "tcp";
            case UDP -> "udp";
            case SCTP -> "sctp";
        };
    }
}
