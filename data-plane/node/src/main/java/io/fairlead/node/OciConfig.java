package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The `config.json` of the OCI runtime specification, for one run of one container.
///
/// A container has pid, mount, IPC and UTS namespaces of its own; what makes it part of its pod is the network namespace, the
/// host name and `/dev/shm`.
final class OciConfig {
    private static final String VERSION = "1.0.2";
    private static final List<String> CAPABILITIES =
            List.of(
                    "CAP_CHOWN",
                    "CAP_DAC_OVERRIDE",
                    "CAP_FSETID",
                    "CAP_FOWNER",
                    "CAP_MKNOD",
                    "CAP_NET_RAW",
                    "CAP_SETGID",
                    "CAP_SETUID",
                    "CAP_SETFCAP",
                    "CAP_SETPCAP",
                    "CAP_NET_BIND_SERVICE",
                    "CAP_SYS_CHROOT",
                    "CAP_KILL",
                    "CAP_AUDIT_WRITE");
    private static final JsonArray MASKED =
            JsonArray.ofStrings(
                    List.of(
                            "/proc/asound",
                            "/proc/acpi",
                            "/proc/kcore",
                            "/proc/keys",
                            "/proc/latency_stats",
                            "/proc/timer_list",
                            "/proc/timer_stats",
                            "/proc/sched_debug",
                            "/proc/scsi",
                            "/sys/firmware",
                            "/sys/devices/virtual/powercap"));
    private static final JsonArray READ_ONLY =
            JsonArray.ofStrings(
                    List.of(
                            "/proc/bus",
                            "/proc/fs",
                            "/proc/irq",
                            "/proc/sys",
                            "/proc/sysrq-trigger"));
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private final ContainerPlan plan;
    private final JsonObject security;
    private final boolean isPrivileged;

    private OciConfig(ContainerPlan plan) {
        this.plan = plan;
        this.security = plan.spec().tree().object("securityContext");
        this.isPrivileged = security.flag("privileged");
    }

    /// @param rootDirectory where the container's root file system is mounted
    /// @param cgroup the path of its cgroup, from the top of the hierarchy
    static JsonObject of(ContainerPlan plan, OciUser user, Path rootDirectory, String cgroup)
            throws IOException {
        return new OciConfig(plan).tree(user, rootDirectory, cgroup);
    }

    private JsonObject tree(OciUser user, Path rootDirectory, String cgroup) throws IOException {
        return JsonObject.builder()
                .put("ociVersion", VERSION)
                .put("process", process(user))
                .put(
                        "root",
                        JsonObject.of(
                                "path",
                                Json.of(rootDirectory.toString()),
                                "readonly",
                                Json.of(security.flag("readOnlyRootFilesystem"))))
                .put("hostname", plan.pod().hostname())
                .put("mounts", mounts())
                .put("linux", linux(cgroup))
                .build();
    }

    private JsonObject process(OciUser user) throws IOException {
        String workingDirectory = plan.spec().tree().text("workingDir");
        if (workingDirectory.isEmpty()) {
            workingDirectory = plan.image().workingDirectory();
        }
        boolean mayGainPrivileges =
                !security.has("allowPrivilegeEscalation")
                        || security.flag("allowPrivilegeEscalation");
        return JsonObject.builder()
                .put("terminal", plan.spec().tree().flag("tty"))
                .put("user", user.tree())
                .put("args", JsonArray.ofStrings(plan.commandLine()))
                .put("env", JsonArray.ofStrings(environment()))
                .put("cwd", workingDirectory.isEmpty() ? "/" : workingDirectory)
                .put("capabilities", capabilities(user))
                .put("noNewPrivileges", !mayGainPrivileges && !isPrivileged)
                .put(
                        "oomScoreAdj",
                        OomScore.of(
                                plan.pod().status().text("qosClass"),
                                plan.spec()
                                        .resources()
                                        .find("requests", "memory")
                                        .map(JsonTexts::of)
                                        .map(Amount::bytes)
                                        .orElse(0L)))
                .build();
    }

    private List<String> environment() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("PATH", DEFAULT_PATH);
        variables.put("HOSTNAME", plan.pod().hostname());
        for (String setting : plan.image().env()) {
            int equals = setting.indexOf('=');
            if (equals > 0) {
                variables.put(setting.substring(0, equals), setting.substring(equals + 1));
            }
        }
        variables.putAll(plan.variables());
        List<String> settings = new ArrayList<>();
        variables.forEach((name, value) -> settings.add(name + "=" + value));
        return settings;
    }

    private JsonObject capabilities(OciUser user) {
        Set<String> granted = new LinkedHashSet<>(isPrivileged ? Capabilities.ALL : CAPABILITIES);
        JsonObject asked = security.object("capabilities");
        for (String name : JsonTexts.of(asked.list("add"))) {
            if (name.equals("ALL")) {
                granted.addAll(Capabilities.ALL);
            } else {
                granted.add(Capabilities.named(name));
            }
        }
        for (String name : JsonTexts.of(asked.list("drop"))) {
            if (name.equals("ALL")) {
                granted.clear();
                JsonTexts.of(asked.list("add")).stream()
                        .filter(added -> !added.equals("ALL"))
                        .map(Capabilities::named)
                        .forEach(granted::add);
            } else {
                granted.remove(Capabilities.named(name));
            }
        }
        JsonArray all = JsonArray.ofStrings(granted);
        // Capabilities of a process that is not root come back only by running a file that has
        // them.
        JsonArray inForce = user.uid() == 0 ? all : JsonArray.EMPTY;
        return JsonObject.builder()
                .put("bounding", all)
                .put("effective", inForce)
                .put("permitted", inForce)
                .build();
    }

    private JsonArray mounts() {
        List<Json> mounts = new ArrayList<>();
        mounts.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
        mounts.add(
                mount(
                        "/dev",
                        "tmpfs",
                        "tmpfs",
                        "nosuid",
                        "strictatime",
                        "mode=755",
                        "size=65536k"));
        mounts.add(
                mount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        "nosuid",
                        "noexec",
                        "newinstance",
                        "ptmxmode=0666",
                        "mode=0620",
                        "gid=5"));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
        String access = isPrivileged ? "rw" : "ro";
        mounts.add(mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access));
        mounts.add(
                mount(
                        "/sys/fs/cgroup",
                        "cgroup",
                        "cgroup",
                        "nosuid",
                        "noexec",
                        "nodev",
                        "relatime",
                        access));
        for (BindMount bind : plan.mounts()) {
            mounts.add(bind(bind));
        }
        return new JsonArray(mounts);
    }

    private static JsonObject bind(BindMount bind) {
        String propagation =
                switch (bind.propagation()) {
                    case "HostToContainer" -> "rslave";
                    case "Bidirectional" -> "rshared";
                    default -> "rprivate";
                };
        String access = bind.access() == BindMount.Access.READ_ONLY ? "ro" : "rw";
        return mount(
                bind.destination(), "bind", bind.source().toString(), "rbind", propagation, access);
    }

    private static JsonObject mount(
            String destination, String type, String source, String... options) {
        return JsonObject.builder()
                .put("destination", destination)
                .put("type", type)
                .put("source", source)
                .put("options", JsonArray.ofStrings(List.of(options)))
                .build();
    }

    private JsonObject linux(String cgroup) {
        JsonObject.Builder linux =
                JsonObject.builder()
                        .put("cgroupsPath", cgroup)
                        .put("namespaces", namespaces())
                        .put(
                                "resources",
                                OciResources.of(plan.spec().resources())
                                        .with(
                                                "devices",
                                                JsonArray.of(
                                                        JsonObject.of(
                                                                "allow",
                                                                Json.of(isPrivileged),
                                                                "access",
                                                                Json.of("rwm")))));
        if (!plan.pod().usesHostNetwork()) {
            // As the common runtimes do: ports below 1024 and ping need no privilege inside a pod.
            Map<String, String> settings = new TreeMap<>();
            settings.put("net.ipv4.ip_unprivileged_port_start", "0");
            settings.put("net.ipv4.ping_group_range", "0 2147483647");
            for (Json wanted : plan.pod().spec().list("securityContext", "sysctls")) {
                settings.put(wanted.text("name").replace('/', '.'), wanted.text("value"));
            }
            linux.put("sysctl", JsonObject.ofStrings(settings));
        }
        if (!isPrivileged) {
            boolean isUnmasked = security.text("procMount").equals("Unmasked");
            linux.put("maskedPaths", isUnmasked ? JsonArray.EMPTY : MASKED);
            linux.put("readonlyPaths", isUnmasked ? JsonArray.EMPTY : READ_ONLY);
            String profile =
                    security.has("seccompProfile")
                            ? security.text("seccompProfile", "type")
                            : plan.pod().spec().text("securityContext", "seccompProfile", "type");
            if (!profile.equals("Unconfined")) {
                linux.put(
                        "seccomp",
                        Seccomp.profile(JsonTexts.of(security.list("capabilities", "add"))));
            }
        }
        return linux.build();
    }

    private JsonArray namespaces() {
        JsonObject spec = plan.pod().spec();
        List<Json> namespaces = new ArrayList<>();
        namespaces.add(
                JsonObject.of(
                        "type",
                        Json.of("network"),
                        "path",
                        Json.of(plan.sandbox().namespace().toString())));
        namespaces.add(JsonObject.of("type", Json.of("mount")));
        namespaces.add(JsonObject.of("type", Json.of("uts")));
        if (plan.processNamespace().isPresent()) {
            String path = plan.processNamespace().get().toString();
            namespaces.add(JsonObject.of("type", Json.of("pid"), "path", Json.of(path)));
        } else if (!spec.flag("hostPID")) {
            namespaces.add(JsonObject.of("type", Json.of("pid")));
        }
        if (!spec.flag("hostIPC")) {
            namespaces.add(JsonObject.of("type", Json.of("ipc")));
        }
        return new JsonArray(namespaces);
    }
}
