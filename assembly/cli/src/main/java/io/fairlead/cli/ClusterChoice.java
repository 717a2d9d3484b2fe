package io.fairlead.cli;

import io.fairlead.client.Kubeconfig;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options by which every command finds its cluster.
final class ClusterChoice {
    @Option(names = "--name", paramLabel = "NAME", description = "the cluster (default: fairlead)")
    String name = ClusterSettings.DEFAULT_NAME;

    @Option(
            names = "--data-dir",
            paramLabel = "FOLDER",
            description = "where the cluster keeps its state (default: /var/lib/fairlead/NAME)")
    @Nullable Path dataFolder;

    ClusterFolders folders() {
        Optional<Path> given = Optional.ofNullable(dataFolder).map(ClusterChoice::absolute);
        ClusterFolders usual = ClusterFolders.of(name, given);
        // A running cluster says itself where its state is.
        Path link = usual.run().resolve("data");
        if (given.isEmpty() && Files.isSymbolicLink(link)) {
            try {
                return ClusterFolders.of(name, Optional.of(Files.readSymbolicLink(link)));
            } catch (java.io.IOException e) {
                throw new ClusterException(
                        "%s cannot be read: %s.".formatted(link, e.getMessage()), e);
            }
        }
        return usual;
    }

    /// The folders of a cluster that has been made.
    ClusterFolders existing() {
        ClusterFolders folders = folders();
        if (!Files.isDirectory(folders.data())) {
            throw new ClusterException(
                    "there is no cluster \"%s\" in %s: start one with \"fairlead up\"%s."
                            .formatted(
                                    name,
                                    folders.data(),
                                    ClusterSettings.DEFAULT_NAME.equals(name)
                                            ? ""
                                            : " --name " + name));
        }
        return folders;
    }

    /// The folders of a cluster that runs.
    ClusterFolders running() {
        ClusterFolders folders = existing();
        if (folders.process().isEmpty()) {
            throw new ClusterException(
                    "cluster \"%s\" is not running: start it with \"fairlead up\"."
                            .formatted(name));
        }
        return folders;
    }

    /// A path as the person meant it, who may stand in another folder than this process.
    static Path absolute(Path path) {
        return Path.of(System.getProperty("fairlead.directory", ""))
                .resolve(path)
                .toAbsolutePath()
                .normalize();
    }

    /// The kubeconfig of another cluster.
    ///
    /// @throws ClusterException when there is none
    static Kubeconfig readKubeconfig(Path word) {
        Path file = absolute(word);
        if (!Files.exists(file)) {
            throw new ClusterException("there is no kubeconfig %s.".formatted(file));
        }
        return Kubeconfig.read(file);
    }
}
