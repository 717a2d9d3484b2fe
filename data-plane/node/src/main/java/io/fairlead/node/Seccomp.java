package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The system calls that a container may not make. Everything is allowed but what reaches beyond the container: the kernel's
/// modules, clocks, keys, swap, mounts and tracing. A call that a granted capability is meant for stays allowed.
final class Seccomp {
    private static final Map<String, List<String>> REFUSED_WITHOUT =
            Map.of(
                    "CAP_SYS_ADMIN",
                    List.of(
                            "fsconfig",
                            "fsmount",
                            "fsopen",
                            "fspick",
                            "lookup_dcookie",
                            "mount",
                            "mount_setattr",
                            "move_mount",
                            "open_tree",
                            "pivot_root",
                            "quotactl",
                            "setdomainname",
                            "sethostname",
                            "setns",
                            "swapoff",
                            "swapon",
                            "umount",
                            "umount2",
                            "unshare"),
                    "CAP_SYS_MODULE",
                    List.of("delete_module", "finit_module", "init_module"),
                    "CAP_SYS_BOOT",
                    List.of("kexec_file_load", "kexec_load", "reboot"),
                    "CAP_SYS_TIME",
                    List.of("adjtimex", "clock_adjtime", "clock_settime", "settimeofday"),
                    "CAP_SYS_PACCT",
                    List.of("acct"),
                    "CAP_SYS_RAWIO",
                    List.of("ioperm", "iopl"),
                    "CAP_BPF",
                    List.of("bpf"),
                    "CAP_PERFMON",
                    List.of("perf_event_open"),
                    "CAP_DAC_READ_SEARCH",
                    List.of("open_by_handle_at"),
                    "",
                    List.of(
                            "add_key",
                            "io_uring_enter",
                            "io_uring_register",
                            "io_uring_setup",
                            "keyctl",
                            "request_key",
                            "userfaultfd"));
    private static final JsonObject DEFAULT = build(Set.of());

    private Seccomp() {}

    /// @param added the capabilities that the container has beyond the usual ones, with or without `CAP_`
    static JsonObject profile(List<String> added) {
        if (added.isEmpty()) {
            return DEFAULT;
        }
        Set<String> granted = new LinkedHashSet<>();
        for (String name : added) {
            if (name.equals("ALL")) {
                granted.addAll(Capabilities.ALL);
            } else {
                granted.add(Capabilities.named(name));
            }
        }
        return build(granted);
    }

    private static JsonObject build(Set<String> granted) {
        Set<String> refused = new TreeSet<>();
        REFUSED_WITHOUT.forEach((capability, calls) -> {
            boolean isGranted =
                    granted.contains(capability)
                            || (granted.contains("CAP_SYS_ADMIN")
                                    && List.of("CAP_BPF", "CAP_PERFMON").contains(capability));
            if (!isGranted) {
                refused.addAll(calls);
            }
        });
        JsonObject rule =
                JsonObject.builder()
                        .put("names", JsonArray.ofStrings(refused))
                        .put("action", "SCMP_ACT_ERRNO")
                        .put("errnoRet", 1)
                        .build();
        return JsonObject.builder()
                .put("defaultAction", "SCMP_ACT_ALLOW")
                .put("architectures", JsonArray.of(Json.of(architecture())))
                .put("syscalls", JsonArray.of(rule))
                .build();
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch", "amd64")) {
            case "aarch64" -> "SCMP_ARCH_AARCH64";
            default -> "SCMP_ARCH_X86_64";
        };
    }
}
