package io.fairlead.dns;

import io.fairlead.api.IpAddress;
import java.util.Optional;

/// Reads the names under which addresses look for their names: `4.3.2.1.in-addr.arpa` and the long one for IPv6.
final class ReverseName {
    private static final String IPV4 = ".in-addr.arpa";
    private static final String IPV6 = ".ip6.arpa";
    private static final int IPV6_DIGITS = 32;

    private ReverseName() {}

    static Optional<IpAddress> address(String name) {
        if (name.endsWith(IPV4)) {
            String[] numbers = name.substring(0, name.length() - IPV4.length()).split("\\.", -1);
            return numbers.length == 4
                    ? IpAddress.find(
                            numbers[3] + "." + numbers[2] + "." + numbers[1] + "." + numbers[0])
                    : Optional.empty();
        }
        if (name.endsWith(IPV6) && name.length() == IPV6_DIGITS * 2 - 1 + IPV6.length()) {
            return ipv6(name);
        }
        return Optional.empty();
    }

    private static Optional<IpAddress> ipv6(String name) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < IPV6_DIGITS; i++) {
            int digit = Character.digit(name.charAt(2 * i), 16);
            if (digit < 0 || name.charAt(2 * i + 1) != '.') {
                return Optional.empty();
            }
            bytes[15 - i / 2] |= (byte) (digit << (i % 2 * 4));
        }
        return Optional.of(IpAddress.ofBytes(bytes));
    }
}
