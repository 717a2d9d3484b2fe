package io.fairlead.dns;

import io.fairlead.api.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Who is asked about names that are not the cluster's.
///
/// @param servers in the order in which they are tried
/// @param stubDomains servers for a domain and what is below it, by the domain in lower case and without a dot at the end
public record Upstreams(
        List<InetSocketAddress> servers, Map<String, List<InetSocketAddress>> stubDomains) {
    private static final int PORT = 53;

    public Upstreams {
        servers = List.copyOf(servers);
        stubDomains = Map.copyOf(stubDomains);
    }

    public static Upstreams none() {
        return new Upstreams(List.of(), Map.of());
    }

    /// The name servers that a `resolv.conf` lists.
    public static Upstreams read(Path resolvConf) throws IOException {
        return parse(Files.readString(resolvConf, StandardCharsets.UTF_8));
    }

    static Upstreams parse(String resolvConf) {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String line : resolvConf.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (words.length >= 2 && words[0].equals("nameserver")) {
                IpAddress.find(words[1])
                        .map(address -> new InetSocketAddress(address.toInetAddress(), PORT))
                        .ifPresent(servers::add);
            }
        }
        return new Upstreams(servers, Map.of());
    }

    /// The servers for a name: those of the longest stub domain that it is in, else the general ones.
    List<InetSocketAddress> serversFor(String name) {
        String domain = name;
        while (!domain.isEmpty()) {
            List<InetSocketAddress> stub = stubDomains.get(domain);
            if (stub != null) {
                return stub;
            }
            int dot = domain.indexOf('.');
            domain = dot < 0 ? "" : domain.substring(dot + 1);
        }
        return servers;
    }
}
