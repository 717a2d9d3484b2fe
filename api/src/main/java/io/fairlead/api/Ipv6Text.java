package io.fairlead.api;

import java.util.Optional;

/// Reads IPv6 addresses as RFC 4291 allows and writes them as RFC 5952 recommends.
final class Ipv6Text {
    private static final int GROUPS = 8;

    private Ipv6Text() {}

    static Optional<IpAddress> read(String text) {
        int gap = text.indexOf("::");
        int[] groups = new int[GROUPS];
        if (gap < 0) {
            return readGroups(text, groups, 0) == GROUPS
                    ? Optional.of(address(groups))
                    : Optional.empty();
        }
        int[] tail = new int[GROUPS];
        int before = gap == 0 ? 0 : readGroups(text.substring(0, gap), groups, 0);
        String rest = text.substring(gap + 2);
        int after = rest.isEmpty() ? 0 : readGroups(rest, tail, 0);
        if (before < 0
                || after < 0
                || before + after >= GROUPS
                || text.indexOf("::", gap + 1) > 0) {
            return Optional.empty();
        }
        if (gap > 0 && text.lastIndexOf('.', gap) >= 0) {
            return Optional.empty();
        }
        System.arraycopy(tail, 0, groups, GROUPS - after, after);
        return Optional.of(address(groups));
    }

    static String write(long high, long low) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < 4; i++) {
            groups[i] = (int) (high >>> (48 - 16 * i)) & 0xffff;
            groups[4 + i] = (int) (low >>> (48 - 16 * i)) & 0xffff;
        }
        if (high == 0 && low >>> 32 == 0xffff) {
            return "::ffff:" + IpAddress.ofIpv4((int) low);
        }
        int longestStart = -1;
        int longestLength = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longestLength) {
                longestStart = i;
                longestLength = end - i;
            }
            i = Math.max(i, end - 1);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == longestStart) {
                text.append("::");
                i += longestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    private static IpAddress address(int[] groups) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < 4; i++) {
            high = high << 16 | groups[i];
            low = low << 16 | groups[4 + i];
        }
        return new IpAddress(IpFamily.IPV6, high, low);
    }

    /// Fills `groups` and returns how many there were, or -1 when the text is malformed.
    private static int readGroups(String text, int[] groups, int first) {
        int count = first;
        int start = 0;
        while (true) {
            int end = text.indexOf(':', start);
            String group = end < 0 ? text.substring(start) : text.substring(start, end);
            if (end < 0 && group.indexOf('.') >= 0) {
                long tail = IpAddress.ipv4(group);
                if (tail < 0 || count > GROUPS - 2) {
                    return -1;
                }
                groups[count++] = (int) (tail >>> 16);
                groups[count++] = (int) tail & 0xffff;
                return count;
            }
            if (count == GROUPS || !isGroup(group)) {
                return -1;
            }
            groups[count++] = Integer.parseInt(group, 16);
            if (end < 0) {
                return count;
            }
            start = end + 1;
        }
    }

    private static boolean isGroup(String text) {
        return !text.isEmpty()
                && text.length() <= 4
                && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
    }
}
