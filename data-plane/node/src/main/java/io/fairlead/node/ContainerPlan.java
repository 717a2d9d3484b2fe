package io.fairlead.node;

import io.fairlead.images.ImageConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything that a runtime needs to know to start a container once.
///
/// @param image what the image says about its process; empty for in-process programs
/// @param layers the image's directories, lowest first; none for in-process programs
/// @param variables the environment as the pod asks for it; the image's own comes below it
/// @param processNamespace the file of the process namespace that it joins; empty when it gets one of its own
/// @param directory belongs to this one run, and is there
/// @param log where its output goes
record ContainerPlan(
        ContainerIdentity identity,
        AssignedPod pod,
        ContainerSpec spec,
        Sandbox sandbox,
        ImageConfig image,
        List<Path> layers,
        Map<String, String> variables,
        List<BindMount> mounts,
        Optional<Path> processNamespace,
        Path directory,
        ContainerLog log) {
    static final ImageConfig NO_IMAGE_CONFIG =
            new ImageConfig(List.of(), List.of(), List.of(), "", "", List.of(), "", Map.of());

    /// The pod's command and arguments with their variables put in; what the pod leaves out comes from the image.
    List<String> commandLine() {
        List<String> command = expanded(spec.command());
        List<String> args = expanded(spec.args());
        if (!command.isEmpty()) {
            return concatenated(command, args);
        }
        return concatenated(image.entrypoint(), args.isEmpty() ? image.command() : args);
    }

    private List<String> expanded(List<String> words) {
        return words.stream().map(word -> VariableExpansion.expand(word, variables)).toList();
    }

    private static List<String> concatenated(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
