package io.fairlead.api;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An IPv4 or IPv6 address, compared and printed in the canonical way. Reading one never asks a name server.
///
/// @param high the upper 64 bits, zero for IPv4
/// @param low the lower 64 bits, for IPv4 the address in its lower half
public record IpAddress(IpFamily family, long high, long low) implements Comparable<IpAddress> {
    /// @throws IllegalArgumentException when `text` is not an address
    public static IpAddress parse(String text) {
        return find(text)
                .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + text));
    }

    /// Empty when `text` is not an address; leading zeros, zones and IPv4 with fewer than four numbers are none.
    public static Optional<IpAddress> find(String text) {
        if (text.indexOf(':') >= 0) {
            return Ipv6Text.read(text);
        }
        long address = ipv4(text);
        return address < 0 ? Optional.empty() : Optional.of(ofIpv4((int) address));
    }

    public static IpAddress ofIpv4(int address) {
        return new IpAddress(IpFamily.IPV4, 0, Integer.toUnsignedLong(address));
    }

    /// @param bytes four or sixteen bytes in network order
    public static IpAddress ofBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> ofIpv4(buffer.getInt());
            case 16 -> new IpAddress(IpFamily.IPV6, buffer.getLong(), buffer.getLong());
            default ->
                    throw new IllegalArgumentException(
                            "an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    public static IpAddress of(InetAddress address) {
        return ofBytes(address.getAddress());
    }

    /// Four or sixteen bytes in network order.
    public byte[] bytes() {
        return family == IpFamily.IPV4
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of impossible length", e);
        }
    }

    public boolean isIpv4() {
        return family == IpFamily.IPV4;
    }

    /// As URLs write it: IPv6 in brackets.
    public String inUrl() {
        return isIpv4() ? toString() : "[" + this + "]";
    }

    /// IPv4 comes before IPv6, then by number.
    @Override
    public int compareTo(IpAddress other) {
        int order = family.compareTo(other.family);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order == 0 ? Long.compareUnsigned(low, other.low) : order;
    }

    /// RFC 5952 for IPv6.
    // Written out: addresses are compared and hashed more than anything else.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof IpAddress that
                        && low == that.low
                        && high == that.high
                        && family == that.family);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(low * 0x9e3779b97f4a7c15L + high);
    }

    @Override
    public String toString() {
        return family == IpFamily.IPV4
                ? (low >>> 24)
                        + "."
                        + (low >>> 16 & 255)
                        + "."
                        + (low >>> 8 & 255)
                        + "."
                        + (low & 255)
                : Ipv6Text.write(high, low);
    }

    /// The address as an unsigned 32-bit number, or -1 when the text is not four decimal numbers.
    static long ipv4(String text) {
        long address = 0;
        int number = -1;
        int numbers = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (number < 0 || ++numbers > 4) {
                    return -1;
                }
                address = address << 8 | number;
                number = -1;
            } else if (c < '0' || c > '9' || number == 0) {
                return -1;
            } else {
                number = Math.max(number, 0) * 10 + (c - '0');
                if (number > 255) {
                    return -1;
                }
            }
        }
        return number < 0 || numbers != 4 ? -1 : address << 8 | number;
    }
}
