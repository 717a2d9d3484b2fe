package io.fairlead.nftables;

/// What one field of a key or of a map's data is. Numbers and byte orders are those of `nft`, which prints by them.
public enum DataType {
    IPV4_ADDR("ipv4_addr", 7, 4, true),
    IPV6_ADDR("ipv6_addr", 8, 16, true),
    INET_PROTO("inet_proto", 12, 1, true),
    INET_SERVICE("inet_service", 13, 2, true),
    MARK("mark", 19, 4, false);

    private final String keyword;
    private final int number;
    private final int bytes;
    private final boolean bigEndian;

    DataType(String keyword, int number, int bytes, boolean bigEndian) {
        this.keyword = keyword;
        this.number = number;
        this.bytes = bytes;
        this.bigEndian = bigEndian;
    }

    /// The name in a ruleset file.
    public String keyword() {
        return keyword;
    }

    /// The number by which `nft` knows the type.
    int number() {
        return number;
    }

    /// The value's length, without padding.
    public int bytes() {
        return bytes;
    }

    /// How many 32-bit registers a value takes.
    public int words() {
        return (bytes + 3) / 4;
    }

    /// Marks are in the machine's order, everything from a packet is in network order.
    boolean isBigEndian() {
        return bigEndian;
    }

    static DataType numbered(int number) {
        for (DataType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        throw new NftablesException("nft data type " + number + " is not one this program writes");
    }
}
