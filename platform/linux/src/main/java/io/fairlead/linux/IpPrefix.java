package io.fairlead.linux;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// An IP address with the length of its network's prefix: `172.30.0.1/24` for an address on a link,
/// `172.30.0.0/24` for a network.
///
/// @param address may have bits set beyond the prefix; [#network] clears them
/// @param prefixLength 0 to 32, or 128 for IPv6
public record IpPrefix(InetAddress address, int prefixLength) {
    public static final IpPrefix ANY_IPV4 = parse("0.0.0.0/0");
    public static final IpPrefix ANY_IPV6 = parse("::/0");

    public IpPrefix {
        if (prefixLength < 0 || prefixLength > address.getAddress().length * 8) {
            throw new IllegalArgumentException(
                    address.getHostAddress() + " has no prefix of length " + prefixLength);
        }
    }

    /// Reads `address/length`; an address alone stands for itself, with the longest prefix.
    ///
    /// @throws IllegalArgumentException when the text is neither
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            if (literal.indexOf(':') < 0 && !address.getHostAddress().equals(literal)) {
                // The JDK also takes forms such as 10.1 and reads them as 10.0.0.1.
                throw new IllegalArgumentException(literal);
            }
            int length =
                    slash < 0
                            ? address.getAddress().length * 8
                            : Integer.parseInt(text.substring(slash + 1));
            return new IpPrefix(address, length);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no address range such as 10.244.0.0/16", e);
        }
    }

    /// The address alone, with the longest prefix.
    public static IpPrefix host(InetAddress address) {
        return new IpPrefix(address, address.getAddress().length * 8);
    }

    /// The same range, written with its first address.
    public IpPrefix network() {
        byte[] bytes = address.getAddress();
        for (int bit = prefixLength; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >>> (bit % 8));
        }
        return new IpPrefix(of(bytes), prefixLength);
    }

    public boolean contains(InetAddress other) {
        return overlaps(host(other));
    }

    /// Whether any address is in both; never for two different families.
    public boolean overlaps(IpPrefix other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.address.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        int common = Math.min(prefixLength, other.prefixLength);
        for (int bit = 0; bit < common; bit++) {
            int mask = 0x80 >>> (bit % 8);
            if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefixLength;
    }

    static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw NetlinkException.malformed(bytes.length + " bytes are no IP address");
        }
    }
}
