package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One pod as its status tells it.
///
/// @param nodeAddresses the primary one first, like those of the pod
/// @param podAddresses empty until its sandbox is there
/// @param resizing conditions that tell of resources on their way
/// @param failure why the pod as a whole failed, such as a deadline; the reason and the message
record PodView(
        AssignedPod pod,
        List<String> nodeAddresses,
        List<String> podAddresses,
        Instant started,
        List<ContainerView> containers,
        List<JsonObject> resizing,
        Optional<Failure> failure) {
    /// @param reason one word
    record Failure(String reason, String message) {}

    List<ContainerView> mains() {
        return containers.stream()
                .filter(view -> view.spec().role() == ContainerSpec.Role.MAIN)
                .toList();
    }

    List<ContainerView> inits() {
        return containers.stream()
                .filter(view ->
                        view.spec().role() == ContainerSpec.Role.INIT
                                || view.spec().role() == ContainerSpec.Role.SIDECAR)
                .toList();
    }

    List<ContainerView> ephemerals() {
        return containers.stream()
                .filter(view -> view.spec().role() == ContainerSpec.Role.EPHEMERAL)
                .toList();
    }
}
