package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Tests write IPv4 addresses, and the same test runs with IPv6: `10.244.1.3` stands for `fd00::10:244:1:3` there.
enum Family {
    IPV4(IpFamily.IPV4),
    IPV6(IpFamily.IPV6);

    private static final Pattern IPV4_TEXT = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)");
    private static final Pattern IPV6_TEXT =
            Pattern.compile("fd00:(?::|(?:0:){3})([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)");

    private final IpFamily family;

    Family(IpFamily family) {
        this.family = family;
    }

    IpFamily ip() {
        return family;
    }

    /// A text with its addresses and ranges in this family; lengths of prefixes are multiples of 8.
    String of(String text) {
        if (this == IPV4) {
            return text;
        }
        Matcher range = Pattern.compile(IPV4_TEXT + "/(\\d+)").matcher(text);
        String ranges =
                range.replaceAll(it -> {
                    String address =
                            it.group(1) + "." + it.group(2) + "." + it.group(3) + "." + it.group(4);
                    return of(address) + "/" + (64 + 2 * Integer.parseInt(it.group(5)));
                });
        return IPV4_TEXT.matcher(ranges).replaceAll("fd00::$1:$2:$3:$4");
    }

    /// What [#of] was made from, with addresses as Java or Fairlead write them.
    String back(String text) {
        if (this == IPV4) {
            return text;
        }
        return IPV6_TEXT.matcher(text).replaceAll("$1.$2.$3.$4");
    }

    IpAddress address(String ipv4) {
        return IpAddress.parse(of(ipv4));
    }

    ProxySettings settings() {
        return new ProxySettings(
                family, TestCluster.SETTINGS.tableName(), List.of(Cidr.parse(of("10.96.0.0/16"))));
    }
}
