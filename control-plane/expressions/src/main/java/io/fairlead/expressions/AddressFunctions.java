package io.fairlead.expressions;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.fairlead.expressions.FunctionSet.Kind;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/// `ip`, `cidr`, and what can be asked of the two.
final class AddressFunctions {
    private static final Pattern V4 =
            Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Kind IP = new Kind(OpaqueType.create("net.IP"), Ip.class);
    private static final Kind CIDR = new Kind(OpaqueType.create("net.CIDR"), Range.class);

    private AddressFunctions() {}

    /// An address.
    record Ip(InetAddress address) {
        @Override
        public String toString() {
            return io.fairlead.api.IpAddress.of(address).toString();
        }
    }

    /// An address and how many of its bits name the network.
    record Range(Ip ip, int bits) {
        @Override
        public String toString() {
            return ip + "/" + bits;
        }
    }

    static void addTo(FunctionSet functions) {
        functions.global("ip", of -> ip((String) of[0]), IP.type(), Kinds.TEXT);
        functions.global("isIP", of -> isIp((String) of[0]), SimpleType.BOOL, Kinds.TEXT);
        functions.global(
                "ip.isCanonical",
                of -> ip((String) of[0]).toString().equals(of[0]),
                SimpleType.BOOL,
                Kinds.TEXT);
        functions.member(
                "family", of -> isV4(((Ip) of[0]).address()) ? 4L : 6L, SimpleType.INT, IP);
        functions.member(
                "isUnspecified", of -> address(of).isAnyLocalAddress(), SimpleType.BOOL, IP);
        functions.member("isLoopback", of -> address(of).isLoopbackAddress(), SimpleType.BOOL, IP);
        functions.member(
                "isLinkLocalMulticast",
                of -> isLinkLocalMulticast(address(of)),
                SimpleType.BOOL,
                IP);
        functions.member(
                "isLinkLocalUnicast", of -> address(of).isLinkLocalAddress(), SimpleType.BOOL, IP);
        functions.member("isGlobalUnicast", of -> isGlobal(address(of)), SimpleType.BOOL, IP);
        functions.global("string", of -> of[0].toString(), SimpleType.STRING, IP);
        functions.global("cidr", of -> range((String) of[0]), CIDR.type(), Kinds.TEXT);
        functions.global("isCIDR", of -> isRange((String) of[0]), SimpleType.BOOL, Kinds.TEXT);
        functions.member(
                "containsIP", of -> contains((Range) of[0], (Ip) of[1]), SimpleType.BOOL, CIDR, IP);
        functions.member(
                "containsIP",
                of -> contains((Range) of[0], ip((String) of[1])),
                SimpleType.BOOL,
                CIDR,
                Kinds.TEXT);
        functions.member(
                "containsCIDR",
                of -> contains((Range) of[0], (Range) of[1]),
                SimpleType.BOOL,
                CIDR,
                CIDR);
        functions.member(
                "containsCIDR",
                of -> contains((Range) of[0], range((String) of[1])),
                SimpleType.BOOL,
                CIDR,
                Kinds.TEXT);
        functions.member("ip", of -> ((Range) of[0]).ip(), IP.type(), CIDR);
        functions.member("masked", of -> masked((Range) of[0]), CIDR.type(), CIDR);
        functions.member("prefixLength", of -> (long) ((Range) of[0]).bits(), SimpleType.INT, CIDR);
        functions.global("string", of -> of[0].toString(), SimpleType.STRING, CIDR);
    }

    private static InetAddress address(Object[] arguments) {
        return ((Ip) arguments[0]).address();
    }

    private static boolean isV4(InetAddress address) {
        return address.getAddress().length == 4;
    }

    private static boolean isIp(String text) {
        try {
            ip(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Ip ip(String text) {
        boolean isLiteral =
                V4.matcher(text).matches() || (text.contains(":") && !text.contains("%"));
        if (isLiteral && !(text.contains(":") && text.contains("."))) {
            try {
                InetAddress address = InetAddress.ofLiteral(text);
                if (!(text.contains(":") && isV4(address))) {
                    return new Ip(address);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("IP Address '" + text + "' parse error", e);
            }
        }
        throw new IllegalArgumentException("IP Address '" + text + "' parse error");
    }

    private static boolean isRange(String text) {
        try {
            range(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Range range(String text) {
        int slash = text.indexOf('/');
        String bits = text.substring(slash + 1);
        boolean isNumber =
                !bits.isEmpty() && bits.length() < 4 && bits.chars().allMatch(Character::isDigit);
        if (slash > 0 && isNumber && isIp(text.substring(0, slash))) {
            Ip ip = ip(text.substring(0, slash));
            int length = Integer.parseInt(bits);
            if (length <= ip.address().getAddress().length * 8) {
                return new Range(ip, length);
            }
        }
        throw new IllegalArgumentException(
                "network address parse error during conversion from string: invalid CIDR " + text);
    }

    private static byte[] network(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(bits - 8L * i, 0, 8);
            bytes[i] = (byte) (bytes[i] & (0xff << (8 - kept)));
        }
        return bytes;
    }

    private static Range masked(Range range) throws UnknownHostException {
        byte[] network = network(range.ip().address(), range.bits());
        return new Range(new Ip(InetAddress.getByAddress(network)), range.bits());
    }

    private static boolean contains(Range range, Ip ip) {
        return isV4(range.ip().address()) == isV4(ip.address())
                && Arrays.equals(
                        network(range.ip().address(), range.bits()),
                        network(ip.address(), range.bits()));
    }

    private static boolean contains(Range range, Range other) {
        return range.bits() <= other.bits() && contains(range, other.ip());
    }

    private static boolean isLinkLocalMulticast(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4
                ? (bytes[0] & 0xff) == 224 && bytes[1] == 0 && bytes[2] == 0
                : address.isMCLinkLocal();
    }

    private static boolean isGlobal(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean isBroadcast =
                bytes.length == 4 && Arrays.equals(bytes, new byte[] {-1, -1, -1, -1});
        return !isBroadcast
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isMulticastAddress()
                && !address.isLinkLocalAddress();
    }
}
