package io.fairlead.images;

import java.util.List;
import java.util.Map;

/// What an image says about the process to start, as in the OCI image configuration. Absent texts are empty.
///
/// @param env `NAME=value` each
/// @param command the arguments of the entrypoint; the whole command line where there is no entrypoint
/// @param user `user`, `uid`, `user:group` or `uid:gid`
/// @param exposedPorts such as `80/tcp`
/// @param stopSignal such as `SIGQUIT` or `3`
public record ImageConfig(
        List<String> env,
        List<String> entrypoint,
        List<String> command,
        String workingDirectory,
        String user,
        List<String> exposedPorts,
        String stopSignal,
        Map<String, String> labels) {
    public ImageConfig {
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        exposedPorts = List.copyOf(exposedPorts);
        labels = Map.copyOf(labels);
    }
}
