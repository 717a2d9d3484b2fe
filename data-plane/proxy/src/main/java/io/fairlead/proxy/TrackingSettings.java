package io.fairlead.proxy;

import io.fairlead.linux.NetworkNamespace;
import java.lang.System.Logger.Level;
import java.util.Map;

/// How a node's connection tracking is to be set for Services. Only settings of the namespace are touched.
///
/// Nothing may drop packets that tracking calls invalid, because it sees only half of what members of the pod network send each other. What such
/// a drop rule is for (a late packet of an endpoint passes untranslated, and the client resets the connection) is had by being liberal about windows:
/// the packet belongs to its flow and is translated. See `docs/decisions/0009-liberal-about-windows.md`.
public final class TrackingSettings {
    private static final System.Logger LOG = System.getLogger(TrackingSettings.class.getName());

    private static final Map<String, String> WANTED =
            Map.of(
                    // A server that takes long to close after its client did keeps its translation.
                    "nf_conntrack_tcp_timeout_close_wait", "3600",
                    "nf_conntrack_tcp_timeout_established", "86400",
                    "nf_conntrack_tcp_be_liberal", "1",
                    // Each flow counts its bytes.
                    "nf_conntrack_acct", "1");

    private TrackingSettings() {}

    /// Sets them; what the kernel does not have or does not allow is logged and left.
    public static void apply(NetworkNamespace node) {
        WANTED.forEach((name, value) -> {
            String key = "netfilter/" + name;
            try {
                if (!node.readSysctl(key).equals(value)) {
                    node.setSysctl(key, value);
                }
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "cannot set {0} to {1}: {2}", key, value, e.getMessage());
            }
        });
    }
}
