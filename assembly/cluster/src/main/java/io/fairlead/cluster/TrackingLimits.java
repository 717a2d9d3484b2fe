package io.fairlead.cluster;

import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How much the kernel's connection tracking remembers and for how long, as the options `--conntrack-*` say. What is empty stays as the kernel has it.
///
/// @param perCore connections for each processor
/// @param least connections at least, however few processors there are
public record TrackingLimits(
        int perCore,
        int least,
        Optional<Duration> established,
        Optional<Duration> closeWait,
        Optional<Duration> udp,
        Optional<Duration> udpStream) {
    private static final System.Logger LOG = System.getLogger(TrackingLimits.class.getName());
    private static final String MAX = "netfilter/nf_conntrack_max";

    public static final TrackingLimits USUAL =
            new TrackingLimits(
                    32 << 10,
                    128 << 10,
                    Optional.of(Duration.ofDays(1)),
                    Optional.of(Duration.ofHours(1)),
                    Optional.empty(),
                    Optional.empty());

    /// Writes what differs. The limit is only ever raised. A node whose settings cannot be written works as well without.
    void apply(NetworkNamespace namespace) {
        Map<String, Long> wanted = new LinkedHashMap<>();
        long max =
                perCore == 0
                        ? 0
                        : Math.max(
                                (long) perCore * Runtime.getRuntime().availableProcessors(), least);
        if (max > 0) {
            wanted.put(MAX, max);
        }
        put(wanted, "tcp_timeout_established", established);
        put(wanted, "tcp_timeout_close_wait", closeWait);
        put(wanted, "udp_timeout", udp);
        put(wanted, "udp_timeout_stream", udpStream);
        wanted.forEach((key, value) -> set(namespace, key, value));
    }

    private static void put(Map<String, Long> wanted, String key, Optional<Duration> time) {
        time.filter(Duration::isPositive)
                .ifPresent(it -> wanted.put("netfilter/nf_conntrack_" + key, it.toSeconds()));
    }

    private static void set(NetworkNamespace namespace, String key, long value) {
        try {
            if (!namespace.hasSysctl(key)) {
                return;
            }
            long present = Long.parseLong(namespace.readSysctl(key));
            boolean isWanted = key.equals(MAX) ? present < value : present != value;
            if (isWanted) {
                namespace.setSysctl(key, Long.toString(value));
            }
        } catch (LinuxException | NumberFormatException e) {
            LOG.log(System.Logger.Level.INFO, "{0} stays as it is: {1}", key, e.getMessage());
        }
    }
}
