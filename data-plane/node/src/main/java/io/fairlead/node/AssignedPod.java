package io.fairlead.node;

import io.fairlead.api.ApiObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// A pod that the scheduler gave to this node, as the API has it.
record AssignedPod(JsonObject tree) implements ApiObject {
    private static final long GRACE_SECONDS_DEFAULT = 30;

    JsonObject spec() {
        return tree.object("spec");
    }

    JsonObject status() {
        return tree.object("status");
    }

    /// Init containers in their order, then the ordinary ones, then the ephemeral ones that were added so far.
    List<ContainerSpec> containers() {
        List<ContainerSpec> all = new ArrayList<>();
        for (Json init : spec().list("initContainers")) {
            ContainerSpec.Role role =
                    init.text("restartPolicy").equals("Always")
                            ? ContainerSpec.Role.SIDECAR
                            : ContainerSpec.Role.INIT;
            all.add(new ContainerSpec((JsonObject) init, role));
        }
        for (Json main : spec().list("containers")) {
            all.add(new ContainerSpec((JsonObject) main, ContainerSpec.Role.MAIN));
        }
        for (Json guest : spec().list("ephemeralContainers")) {
            all.add(new ContainerSpec((JsonObject) guest, ContainerSpec.Role.EPHEMERAL));
        }
        return List.copyOf(all);
    }

    Optional<ContainerSpec> container(String name) {
        return containers().stream().filter(spec -> spec.name().equals(name)).findFirst();
    }

    String restartPolicy() {
        String policy = spec().text("restartPolicy");
        return policy.isEmpty() ? "Always" : policy;
    }

    /// The user that all its containers are told to run as; empty when they are told different things, or nothing.
    OptionalInt onlyUser() {
        JsonObject shared = spec().object("securityContext");
        Set<Long> users = new HashSet<>();
        for (ContainerSpec container : containers()) {
            JsonObject own = container.tree().object("securityContext");
            users.add((own.has("runAsUser") ? own : shared).number(-1, "runAsUser"));
        }
        return users.size() == 1 && !users.contains(-1L)
                ? OptionalInt.of(users.iterator().next().intValue())
                : OptionalInt.empty();
    }

    boolean usesHostNetwork() {
        return spec().flag("hostNetwork");
    }

    /// The UTS name, at most 63 characters, as the kernel wants it.
    String hostname() {
        String asked = spec().text("hostname");
        String name = asked.isEmpty() ? name() : asked;
        if (name.length() <= 63) {
            return name;
        }
        return name.substring(0, 63).replaceAll("[-.]+$", "");
    }

    String subdomain() {
        return spec().text("subdomain");
    }

    String serviceAccount() {
        String account = spec().text("serviceAccountName");
        return account.isEmpty() ? "default" : account;
    }

    /// How long its processes may take to end: what the deletion said, else the pod's own wish.
    Duration grace() {
        long wished = spec().number(GRACE_SECONDS_DEFAULT, "terminationGracePeriodSeconds");
        return Duration.ofSeconds(tree.number(wished, "metadata", "deletionGracePeriodSeconds"));
    }

    boolean isFinished() {
        String phase = status().text("phase");
        return phase.equals("Succeeded") || phase.equals("Failed");
    }
}
