package io.fairlead.node;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// The kernel's capabilities by name.
final class Capabilities {
    static final List<String> ALL =
            Stream.of(
                            "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN"
                                    .split(" "),
                            "DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE"
                                    .split(" "),
                            "LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE"
                                    .split(" "),
                            "NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG"
                                    .split(" "),
                            "SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE"
                                    .split(" "),
                            "SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split(" "))
                    .flatMap(Stream::of)
                    .map(name -> "CAP_" + name)
                    .toList();

    private Capabilities() {}

    /// As the runtime wants it; pods leave out the prefix.
    static String named(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    }
}
