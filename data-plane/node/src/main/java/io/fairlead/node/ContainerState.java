package io.fairlead.node;

import java.time.Instant;

/// What a container is doing, in Kubernetes' three words.
sealed interface ContainerState {
    /// @param reason such as `ContainerCreating` or `ImagePullBackOff`
    record Waiting(String reason, String message) implements ContainerState {}

    record Running(Instant started) implements ContainerState {}

    record Terminated(ContainerExit exit, Instant started, String containerId)
            implements ContainerState {}

    Waiting CREATING = new Waiting("ContainerCreating", "");

    /// Init containers come first.
    Waiting INITIALIZING = new Waiting("PodInitializing", "");

    static String idText(ContainerIdentity identity) {
        return "fairlead://" + identity.id();
    }
}
