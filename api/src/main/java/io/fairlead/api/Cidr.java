package io.fairlead.api;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A range of IPv4 or IPv6 addresses: an address whose host bits are zero, and a prefix length.
public final class Cidr implements Comparable<Cidr> {
    private final byte[] network;
    private final int prefixLength;

    private Cidr(byte[] network, int prefixLength) {
        this.network = network;
        this.prefixLength = prefixLength;
    }

    /// Reads `10.96.0.0/12`; host bits are cleared.
    ///
    /// @throws IllegalArgumentException with a sentence that quotes the text
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        try {
            byte[] address =
                    slash > 0 ? literal(text.substring(0, slash)).getAddress() : new byte[0];
            int length = slash > 0 ? Integer.parseInt(text.substring(slash + 1)) : -1;
            if (length >= 0 && length <= address.length * 8) {
                return new Cidr(masked(address, length), length);
            }
        } catch (IllegalArgumentException e) {
            // Said below, with the whole text.
        }
        throw new IllegalArgumentException(
                "\"%s\" is not a range of addresses like 10.96.0.0/12".formatted(text));
    }

    /// As [#parse]; empty where that would throw.
    public static Optional<Cidr> find(String text) {
        try {
            return Optional.of(parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// The range of one address.
    public static Cidr of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return new Cidr(bytes, bytes.length * 8);
    }

    /// Reads an address; never asks a resolver.
    ///
    /// @throws IllegalArgumentException when the text is not an address
    public static InetAddress literal(String text) {
        return InetAddress.ofLiteral(text);
    }

    public int prefixLength() {
        return prefixLength;
    }

    public boolean isIpv6() {
        return network.length == 16;
    }

    public IpFamily family() {
        return isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4;
    }

    public InetAddress first() {
        return address(network);
    }

    public InetAddress last() {
        byte[] last = network.clone();
        for (int bit = prefixLength; bit < last.length * 8; bit++) {
            last[bit / 8] |= (byte) (0x80 >>> bit % 8);
        }
        return address(last);
    }

    /// The address `offset` places after the first one.
    ///
    /// @throws IllegalArgumentException when that lies outside
    public InetAddress address(long offset) {
        InetAddress address = plus(BigInteger.valueOf(offset));
        if (offset < 0 || !contains(address)) {
            throw new IllegalArgumentException(
                    "%s has no address number %d".formatted(this, offset));
        }
        return address;
    }

    /// How many addresses the range has, at most [Long#MAX_VALUE].
    public long size() {
        int bits = network.length * 8 - prefixLength;
        return bits >= 63 ? Long.MAX_VALUE : 1L << bits;
    }

    /// The range number `index` among those of a longer prefix that make up this one.
    public Cidr subnet(int longerPrefix, int index) {
        int shift = network.length * 8 - longerPrefix;
        if (longerPrefix < prefixLength
                || shift < 0
                || index >= 1L << Math.min(62, longerPrefix - prefixLength)) {
            throw new IllegalArgumentException(
                    "%s has no /%d number %d".formatted(this, longerPrefix, index));
        }
        return new Cidr(
                plus(BigInteger.valueOf(index).shiftLeft(shift)).getAddress(), longerPrefix);
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == network.length
                && Arrays.equals(masked(bytes, prefixLength), network);
    }

    public boolean contains(IpAddress address) {
        return contains(address.toInetAddress());
    }

    public boolean contains(Cidr other) {
        return other.prefixLength >= prefixLength && contains(other.first());
    }

    public boolean overlaps(Cidr other) {
        return contains(other) || other.contains(this);
    }

    private InetAddress plus(BigInteger offset) {
        byte[] bytes = new BigInteger(1, network).add(offset).toByteArray();
        byte[] padded = new byte[network.length];
        int take = Math.min(bytes.length, padded.length);
        System.arraycopy(bytes, bytes.length - take, padded, padded.length - take, take);
        return address(padded);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int bits = Math.clamp(prefixLength - i * 8L, 0, 8);
            masked[i] &= (byte) (0xff << (8 - bits));
        }
        return masked;
    }

    /// By first address, the wider range before the narrower.
    @Override
    public int compareTo(Cidr other) {
        int order = IpAddress.ofBytes(network).compareTo(IpAddress.ofBytes(other.network));
        return order == 0 ? Integer.compare(prefixLength, other.prefixLength) : order;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr that
                && that.prefixLength == prefixLength
                && Arrays.equals(that.network, network);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(network) * 31 + prefixLength;
    }

    @Override
    public String toString() {
        return IpAddress.ofBytes(network) + "/" + prefixLength;
    }
}
