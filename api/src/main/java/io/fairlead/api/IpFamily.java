package io.fairlead.api;

/// One of the two address families, by Kubernetes' names.
public enum IpFamily {
    IPV4("IPv4", 32),
    IPV6("IPv6", 128);

    private final String text;
    private final int bits;

    IpFamily(String text, int bits) {
        this.text = text;
        this.bits = bits;
    }

    /// The length of an address in bits.
    public int bits() {
        return bits;
    }

    /// As objects write it: `IPv4`.
    @Override
    public String toString() {
        return text;
    }
}
