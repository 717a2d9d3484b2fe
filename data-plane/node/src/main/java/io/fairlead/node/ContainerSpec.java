package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One container of a pod, as the pod's spec asks for it.
record ContainerSpec(JsonObject tree, Role role) {
    /// When a container runs, compared with the others of its pod.
    enum Role {
        /// Before the ordinary ones, to completion.
        INIT,
        /// From its turn among the init containers until the last ordinary one has ended.
        SIDECAR,
        MAIN,
        /// Added to a pod that runs, to look at it; started once, at once, and nobody waits for it.
        EPHEMERAL
    }

    /// The kinds of probes.
    enum ProbeKind {
        STARTUP("startupProbe"),
        LIVENESS("livenessProbe"),
        READINESS("readinessProbe");

        private final String member;

        ProbeKind(String member) {
            this.member = member;
        }

        /// As messages name it: `Readiness`.
        String title() {
            return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
        }
    }

    String name() {
        return tree.text("name");
    }

    String image() {
        return tree.text("image");
    }

    /// Its requests and limits.
    JsonObject resources() {
        return tree.object("resources");
    }

    ContainerSpec withResources(JsonObject resources) {
        return new ContainerSpec(tree.with("resources", resources), role);
    }

    /// The container whose processes an ephemeral one shares; empty for none.
    String target() {
        return tree.text("targetContainerName");
    }

    List<String> command() {
        return texts("command");
    }

    List<String> args() {
        return texts("args");
    }

    Optional<ProbeSpec> probe(ProbeKind kind) {
        JsonObject probe = tree.object(kind.member);
        return probe.isEmpty() ? Optional.empty() : Optional.of(new ProbeSpec(kind, probe));
    }

    /// A hook of the lifecycle: `postStart` or `preStop`; empty where there is none.
    JsonObject hook(String name) {
        return tree.object("lifecycle", name);
    }

    /// The number of a port given by number or by name; 0 where no port has that name.
    int port(Json port) {
        long number = JsonObject.of("port", port).number(-1, "port");
        if (number >= 0) {
            return (int) number;
        }
        String name = JsonObject.of("port", port).text("port");
        if (!name.isEmpty() && name.chars().allMatch(Character::isDigit)) {
            return Integer.parseInt(name);
        }
        return tree.list("ports").stream()
                .filter(entry -> entry.text("name").equals(name))
                .mapToInt(entry -> (int) entry.number(0, "containerPort"))
                .findFirst()
                .orElse(0);
    }

    private List<String> texts(String member) {
        return JsonTexts.of(tree.list(member));
    }
}
