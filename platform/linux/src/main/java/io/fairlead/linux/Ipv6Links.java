package io.fairlead.linux;

import java.util.List;

/// Kernel settings that IPv6 needs on links whose addresses are assigned by us.
public final class Ipv6Links {
    private Ipv6Links() {}

    /// Makes a link ready for addresses, before it goes up: IPv6 is on; nobody else's advertisements or redirects count; and an address serves at once,
    /// where the kernel would otherwise first wait a second for others who have it.
    ///
    /// @param link a link's name, or `default` for those to come, or `all`
    public static void prepare(NetworkNamespace namespace, String link) {
        String folder = "ipv6/conf/" + link + "/";
        for (String key : List.of("accept_ra", "accept_redirects", "accept_dad", "dad_transmits")) {
            namespace.setSysctl(folder + key, "0");
        }
        namespace.setSysctl(folder + "disable_ipv6", "0");
    }
}
