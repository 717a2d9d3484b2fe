package io.fairlead.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Consecutive addresses of one family, both ends included.
///
/// @param usable the addresses of the range that may be given out: a range that was written with a prefix keeps its first and last IPv4
///     address back, which some clients take for the network itself and for everybody, and its first IPv6 address, which is that of every router
public record AddressRange(String text, IpAddress first, IpAddress last, Usable usable)
        implements Comparable<AddressRange> {

    /// Which addresses of a range may be given out.
    public enum Usable {
        ALL,
        ALL_BUT_FIRST,
        /// All but the first and the last.
        INNER
    }

    /// Reads `172.30.200.0/24`, `172.30.200.10-172.30.200.20` or a single address.
    ///
    /// @throws IllegalArgumentException with a sentence that quotes the text
    public static AddressRange parse(String text) {
        int hyphen = text.indexOf('-');
        if (text.indexOf('/') >= 0) {
            return of(Cidr.parse(text));
        }
        Optional<IpAddress> first =
                IpAddress.find(hyphen < 0 ? text : text.substring(0, hyphen).strip());
        Optional<IpAddress> last = IpAddress.find(text.substring(hyphen + 1).strip());
        boolean isRange =
                first.isPresent()
                        && last.isPresent()
                        && first.get().family() == last.get().family()
                        && first.get().compareTo(last.get()) <= 0;
        if (!isRange) {
            throw new IllegalArgumentException(
                    "\"%s\" is not a range of addresses like 172.30.200.0/24 or 172.30.200.10-172.30.200.20"
                            .formatted(text));
        }
        return new AddressRange(text, first.get(), last.get(), Usable.ALL);
    }

    public static AddressRange of(Cidr cidr) {
        IpAddress first = IpAddress.of(cidr.first());
        int bits = cidr.family().bits() - cidr.prefixLength();
        BigInteger size = BigInteger.ONE.shiftLeft(bits);
        return new AddressRange(
                cidr.toString(),
                first,
                plus(first, size.subtract(BigInteger.ONE)),
                bits < 2 ? Usable.ALL : cidr.isIpv6() ? Usable.ALL_BUT_FIRST : Usable.INNER);
    }

    public IpFamily family() {
        return first.family();
    }

    public boolean contains(IpAddress address) {
        return address.family() == family()
                && first.compareTo(address) <= 0
                && address.compareTo(last) <= 0;
    }

    /// Whether the address may be given out.
    public boolean offers(IpAddress address) {
        return contains(address)
                && switch (usable) {
                    case ALL -> true;
                    case ALL_BUT_FIRST -> !address.equals(first);
                    case INNER -> !address.equals(first) && !address.equals(last);
                };
    }

    public boolean overlaps(Cidr range) {
        return overlaps(of(range));
    }

    public boolean overlaps(AddressRange other) {
        return contains(other.first) || other.contains(first);
    }

    /// The first address that may be given out.
    public IpAddress firstUsable() {
        return usable == Usable.ALL ? first : plus(first, BigInteger.ONE);
    }

    /// The address after this one, unless it is the last that may be given out.
    public Optional<IpAddress> after(IpAddress address) {
        if (address.equals(last)) {
            return Optional.empty();
        }
        IpAddress next = plus(address, BigInteger.ONE);
        return offers(next) ? Optional.of(next) : Optional.empty();
    }

    /// The range as ranges with prefixes, as few as possible.
    public List<Cidr> cidrs() {
        List<Cidr> cidrs = new ArrayList<>();
        int bits = family().bits();
        BigInteger from = number(first);
        BigInteger to = number(last);
        while (from.compareTo(to) <= 0) {
            int aligned = from.signum() == 0 ? bits : Math.min(bits, from.getLowestSetBit());
            int fitting = to.subtract(from).add(BigInteger.ONE).bitLength() - 1;
            int free = Math.min(aligned, fitting);
            cidrs.add(Cidr.parse(address(from, bits) + "/" + (bits - free)));
            from = from.add(BigInteger.ONE.shiftLeft(free));
        }
        return cidrs;
    }

    private static IpAddress plus(IpAddress address, BigInteger offset) {
        return address(number(address).add(offset), address.family().bits());
    }

    private static BigInteger number(IpAddress address) {
        return new BigInteger(1, address.bytes());
    }

    private static IpAddress address(BigInteger number, int bits) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[bits / 8];
        int take = Math.min(bytes.length, padded.length);
        System.arraycopy(bytes, bytes.length - take, padded, padded.length - take, take);
        return IpAddress.ofBytes(padded);
    }

    @Override
    public int compareTo(AddressRange other) {
        int order = first.compareTo(other.first);
        return order == 0 ? last.compareTo(other.last) : order;
    }

    /// As it was written.
    @Override
    public String toString() {
        return text;
    }
}
