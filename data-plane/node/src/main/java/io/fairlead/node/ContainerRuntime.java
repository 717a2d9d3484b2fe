package io.fairlead.node;

import java.nio.file.Path;
import java.util.Optional;

/// Starts containers. Everything beyond that, the container itself knows.
interface ContainerRuntime {
    /// Returns once the container's process runs.
    ///
    /// @throws ConfigurationException when the pod asks for what cannot be
    /// @throws ContainerStartException when the process cannot be started
    RunningContainer start(ContainerPlan plan)
            throws ConfigurationException, ContainerStartException;

    /// A container from an earlier life of this program, by the directory it was started with. One that has ended meanwhile
    /// comes with its exit; empty when there never was one.
    Optional<RunningContainer> find(ContainerIdentity identity, Path directory, ContainerLog log);

    /// Forgets a container from an earlier life of this program that is of no use any more; its processes must have been killed.
    void discard(ContainerIdentity identity, Path directory);
}
