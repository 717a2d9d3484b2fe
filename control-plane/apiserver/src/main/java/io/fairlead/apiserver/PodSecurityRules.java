package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The pod security standards: what a pod does that its level does not allow, each in Kubernetes' words. Owned by one check.
final class PodSecurityRules {
    private static final Set<String> USUAL_CAPABILITIES =
            Set.of(
                    "AUDIT_WRITE",
                    "CHOWN",
                    "DAC_OVERRIDE",
                    "FOWNER",
                    "FSETID",
                    "KILL",
                    "MKNOD",
                    "NET_BIND_SERVICE",
                    "SETFCAP",
                    "SETGID",
                    "SETPCAP",
                    "SETUID",
                    "SYS_CHROOT");
    private static final Set<String> SAFE_VOLUMES =
            Set.of(
                    "name",
                    "configMap",
                    "csi",
                    "downwardAPI",
                    "emptyDir",
                    "ephemeral",
                    "image",
                    "persistentVolumeClaim",
                    "projected",
                    "secret");
    private static final Set<String> SAFE_SYSCTLS =
            Set.of(
                    "kernel.shm_rmid_forced",
                    "net.ipv4.ip_local_port_range",
                    "net.ipv4.ip_local_reserved_ports",
                    "net.ipv4.ip_unprivileged_port_start",
                    "net.ipv4.ping_group_range",
                    "net.ipv4.tcp_fin_timeout",
                    "net.ipv4.tcp_keepalive_intvl",
                    "net.ipv4.tcp_keepalive_probes",
                    "net.ipv4.tcp_keepalive_time",
                    "net.ipv4.tcp_rmem",
                    "net.ipv4.tcp_syncookies",
                    "net.ipv4.tcp_wmem");
    private static final Set<String> SAFE_SELINUX_TYPES =
            Set.of("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t");

    private final JsonObject spec;
    private final List<Json> containers;
    private final List<String> found = new ArrayList<>();

    PodSecurityRules(JsonObject podSpec) {
        this.spec = podSpec;
        this.containers =
                Stream.of("initContainers", "containers", "ephemeralContainers")
                        .flatMap(list -> podSpec.list(list).stream())
                        .toList();
    }

    List<String> baseline() {
        capabilities();
        hostNamespaces();
        hostPaths();
        hostPorts();
        privileged();
        mustNot(
                "procMount",
                "set securityContext.procMount to \"Unmasked\"",
                container -> container.text("securityContext", "procMount").equals("Unmasked"));
        seLinux();
        unconfined();
        sysctls();
        mustNot(
                "hostProcess",
                "set securityContext.windowsOptions.hostProcess=true",
                container -> container.flag("securityContext", "windowsOptions", "hostProcess"));
        return found;
    }

    List<String> restricted() {
        hostNamespaces();
        hostPorts();
        privileged();
        seLinux();
        sysctls();
        must(
                "allowPrivilegeEscalation != false",
                "set securityContext.allowPrivilegeEscalation=false",
                "",
                container ->
                        container.has("securityContext", "allowPrivilegeEscalation")
                                && !container.flag("securityContext", "allowPrivilegeEscalation"));
        droppedCapabilities();
        volumes();
        boolean isNonRoot = spec.flag("securityContext", "runAsNonRoot");
        must(
                "runAsNonRoot != true",
                "set securityContext.runAsNonRoot=true",
                "pod or ",
                container ->
                        container.has("securityContext", "runAsNonRoot")
                                ? container.flag("securityContext", "runAsNonRoot")
                                : isNonRoot);
        root();
        boolean isConfined = isConfined(spec);
        must(
                "seccompProfile",
                "set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
                "pod or ",
                container ->
                        container.has("securityContext", "seccompProfile", "type")
                                ? isConfined(container)
                                : isConfined);
        return found;
    }

    private void hostNamespaces() {
        String used =
                Stream.of("hostNetwork", "hostPID", "hostIPC")
                        .filter(name -> spec.flag(name))
                        .map(name -> name + "=true")
                        .collect(Collectors.joining(", "));
        if (!used.isEmpty()) {
            found.add("host namespaces (" + used + ")");
        }
    }

    private void privileged() {
        mustNot(
                "privileged",
                "set securityContext.privileged=true",
                container -> container.flag("securityContext", "privileged"));
    }

    private void capabilities() {
        Set<String> odd = new TreeSet<>();
        List<String> who =
                names(container -> {
                    List<String> added =
                            texts(container, "securityContext", "capabilities", "add").stream()
                                    .filter(name -> !USUAL_CAPABILITIES.contains(name))
                                    .toList();
                    odd.addAll(added);
                    return !added.isEmpty();
                });
        if (!who.isEmpty()) {
            found.add(
                    "non-default capabilities (%s must not include %s in securityContext.capabilities.add)"
                            .formatted(containers(who), quoted(odd)));
        }
    }

    private void droppedCapabilities() {
        Set<String> odd = new TreeSet<>();
        List<String> keeping =
                names(container ->
                        !texts(container, "securityContext", "capabilities", "drop")
                                .contains("ALL"));
        List<String> adding =
                names(container -> {
                    List<String> added =
                            texts(container, "securityContext", "capabilities", "add").stream()
                                    .filter(name -> !name.equals("NET_BIND_SERVICE"))
                                    .toList();
                    odd.addAll(added);
                    return !added.isEmpty();
                });
        List<String> details = new ArrayList<>();
        if (!keeping.isEmpty()) {
            details.add(
                    containers(keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
        }
        if (!adding.isEmpty()) {
            details.add(
                    "%s must not include %s in securityContext.capabilities.add"
                            .formatted(containers(adding), quoted(odd)));
        }
        if (!details.isEmpty()) {
            found.add("unrestricted capabilities (" + String.join("; ", details) + ")");
        }
    }

    private void hostPaths() {
        List<String> used = volumeNames(volume -> volume.has("hostPath"));
        if (!used.isEmpty()) {
            found.add("hostPath volumes (" + named("volume", used) + ")");
        }
    }

    private void volumes() {
        Set<String> types = new TreeSet<>();
        List<String> used =
                volumeNames(volume -> {
                    List<String> odd =
                            ((JsonObject) volume)
                                    .names().stream()
                                            .filter(name -> !SAFE_VOLUMES.contains(name))
                                            .toList();
                    types.addAll(odd);
                    return !odd.isEmpty();
                });
        if (!used.isEmpty()) {
            found.add(
                    "restricted volume types (%s %s restricted volume type%s %s)"
                            .formatted(
                                    named("volume", used),
                                    used.size() == 1 ? "uses" : "use",
                                    types.size() == 1 ? "" : "s",
                                    quoted(types)));
        }
    }

    private void hostPorts() {
        Set<Long> ports = new TreeSet<>();
        List<String> who =
                names(container -> {
                    List<Long> own =
                            container.list("ports").stream()
                                    .map(port -> port.number(0, "hostPort"))
                                    .filter(port -> port != 0)
                                    .toList();
                    ports.addAll(own);
                    return !own.isEmpty();
                });
        if (!who.isEmpty()) {
            found.add(
                    "hostPort (%s %s hostPort%s %s)"
                            .formatted(
                                    containers(who),
                                    who.size() == 1 ? "uses" : "use",
                                    ports.size() == 1 ? "" : "s",
                                    ports.stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(", "))));
        }
    }

    private void seLinux() {
        Set<String> setters = new LinkedHashSet<>();
        Predicate<Json> isOdd =
                of -> {
                    String type = of.text("securityContext", "seLinuxOptions", "type");
                    return !SAFE_SELINUX_TYPES.contains(type)
                            || of.has("securityContext", "seLinuxOptions", "user")
                            || of.has("securityContext", "seLinuxOptions", "role");
                };
        if (isOdd.test(spec)) {
            setters.add("pod");
        }
        List<String> who = names(isOdd);
        if (!who.isEmpty()) {
            setters.add(containers(who));
        }
        if (!setters.isEmpty()) {
            found.add(
                    "seLinuxOptions (%s set forbidden securityContext.seLinuxOptions)"
                            .formatted(String.join(" and ", setters)));
        }
    }

    private void unconfined() {
        String path = "must not set securityContext.seccompProfile.type to \"Unconfined\"";
        List<String> setters = new ArrayList<>();
        if (isUnconfined(spec)) {
            setters.add("pod");
        }
        List<String> who = names(PodSecurityRules::isUnconfined);
        if (!who.isEmpty()) {
            setters.add(containers(who));
        }
        if (!setters.isEmpty()) {
            found.add("seccompProfile (%s %s)".formatted(String.join(" and ", setters), path));
        }
    }

    private void sysctls() {
        List<String> odd =
                spec.list("securityContext", "sysctls").stream()
                        .map(sysctl -> sysctl.text("name"))
                        .filter(name -> !SAFE_SYSCTLS.contains(name))
                        .toList();
        if (!odd.isEmpty()) {
            found.add("forbidden sysctls (" + String.join(", ", odd) + ")");
        }
    }

    private void root() {
        Predicate<Json> isRoot =
                of ->
                        of.has("securityContext", "runAsUser")
                                && of.number(-1, "securityContext", "runAsUser") == 0;
        List<String> setters = new ArrayList<>();
        if (isRoot.test(spec)) {
            setters.add("pod");
        }
        List<String> who = names(isRoot);
        if (!who.isEmpty()) {
            setters.add(containers(who));
        }
        if (!setters.isEmpty()) {
            found.add(
                    "runAsUser=0 (%s must not set runAsUser=0)"
                            .formatted(String.join(" and ", setters)));
        }
    }

    private void must(String what, String demand, String prefix, Predicate<Json> isMet) {
        List<String> who = names(isMet.negate());
        if (!who.isEmpty()) {
            found.add("%s (%s%s must %s)".formatted(what, prefix, containers(who), demand));
        }
    }

    private void mustNot(String what, String demand, Predicate<Json> isBroken) {
        List<String> who = names(isBroken);
        if (!who.isEmpty()) {
            found.add("%s (%s must not %s)".formatted(what, containers(who), demand));
        }
    }

    private static boolean isConfined(Json of) {
        String type = of.text("securityContext", "seccompProfile", "type");
        return type.equals("RuntimeDefault") || type.equals("Localhost");
    }

    private static boolean isUnconfined(Json of) {
        return of.text("securityContext", "seccompProfile", "type").equals("Unconfined");
    }

    private List<String> names(Predicate<Json> which) {
        return containers.stream().filter(which).map(of -> of.text("name")).toList();
    }

    private List<String> volumeNames(Predicate<Json> which) {
        return spec.list("volumes").stream().filter(which).map(of -> of.text("name")).toList();
    }

    private static List<String> texts(Json of, String... path) {
        return of.list(path).stream().map(Json::text).toList();
    }

    private static String containers(List<String> names) {
        return named("container", names);
    }

    private static String named(String what, List<String> names) {
        return what + (names.size() == 1 ? " " : "s ") + quoted(names);
    }

    private static String quoted(Iterable<String> words) {
        Function<String, String> quote = word -> "\"" + word + "\"";
        List<String> quoted = new ArrayList<>();
        words.forEach(word -> quoted.add(quote.apply(word)));
        return String.join(", ", quoted);
    }
}
