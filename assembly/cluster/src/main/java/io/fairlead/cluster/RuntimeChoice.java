package io.fairlead.cluster;

import io.fairlead.node.NodeException;
import io.fairlead.node.OciProgram;
import io.fairlead.node.ProcessStarter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Which OCI runtime makes containers here. Finding out costs a container, so the answer is kept for as long as the machine runs.
final class RuntimeChoice {
    private static final List<String> NAMES = List.of("crun", "runc");
    private static final String FOLDERS =
            "/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin:/bin:/sbin";

    private RuntimeChoice() {}

    /// The runtime to use, with the word for it.
    record Chosen(OciProgram program, String name) {}

    /// @throws ClusterException when none is here that works
    static Chosen of(String cluster, ClusterFolders folders, ProcessStarter processes) {
        List<Path> candidates = candidates();
        if (candidates.isEmpty()) {
            throw new ClusterException(
                    "neither crun nor runc is on this machine: install one of them (\"apt-get"
                            + " install runc\" or \"dnf install crun\").");
        }
        Path remembered = folders.run().resolveSibling(".runtime");
        Path known = read(remembered);
        if (candidates.contains(known)) {
            OciProgram program =
                    new OciProgram(
                            known, folders.run().resolve(OciProgram.STATE_FOLDER), processes);
            return new Chosen(program, String.valueOf(known.getFileName()));
        }
        List<String> failures = new ArrayList<>();
        for (Path candidate : candidates) {
            try {
                OciProgram program =
                        OciProgram.choose(
                                List.of(candidate),
                                folders.run(),
                                "/fairlead/" + cluster + "/trial",
                                processes);
                ClusterFolders.write(
                        remembered,
                        candidate.toString().getBytes(StandardCharsets.UTF_8),
                        "rw-r--r--");
                return new Chosen(program, String.valueOf(candidate.getFileName()));
            } catch (NodeException e) {
                failures.add(e.getMessage());
            }
        }
        throw new ClusterException(String.join("; ", failures) + ".");
    }

    private static List<Path> candidates() {
        return NAMES.stream()
                .flatMap(name ->
                        Stream.of(FOLDERS.split(":"))
                                .map(folder -> Path.of(folder, name))
                                .filter(Files::isExecutable)
                                .limit(1))
                .toList();
    }

    private static Path read(Path file) {
        try {
            return Path.of(Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            return Path.of("");
        }
    }
}
