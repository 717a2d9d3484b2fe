package io.fairlead.cluster;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a cluster keeps what must survive (`data`) and what is gone after `down` (`run`).
///
///     data/cluster.json   the settings, with a layout version
///     data/serving.json   the options of the API server
///     data/store.db       every object
///     data/pki/           keys and certificates
///     data/images/        image layers
///     data/pods/          root file systems, volumes, logs: on a disk, though gone after `down`
///     run/pid             the process
///     run/netns/          named network namespaces
///     run/bpf/            programs at sockets, and their maps
///     run/sockets/        whether those programs serve each node
public record ClusterFolders(String name, Path data, Path run) {
    /// Grows when a newer program writes what an older one cannot read.
    private static final int LAYOUT = 1;

    private static final String SERVING = "serving.json";

    private static final Path DATA = Path.of("/var/lib/fairlead");
    private static final Path RUN = Path.of("/run/fairlead");

    /// The folders of a cluster; `dataFolder` empty stands for the usual place.
    public static ClusterFolders of(String name, Optional<Path> dataFolder) {
        return new ClusterFolders(
                name, dataFolder.orElse(DATA.resolve(name)).toAbsolutePath(), RUN.resolve(name));
    }

    public Path pki() {
        return data.resolve("pki");
    }

    public Path images() {
        return data.resolve("images");
    }

    /// What persistent volumes hold; outlives everything but the data folder.
    public Path volumes() {
        return data.resolve("volumes");
    }

    public Path store() {
        return data.resolve("store.db");
    }

    public Path namespaces() {
        return run.resolve("netns");
    }

    public Path pods() {
        return data.resolve("pods");
    }

    public Path adminKubeconfig() {
        return data.resolve("admin.kubeconfig");
    }

    public Path log() {
        return data.resolve("fairlead.log");
    }

    private Path settingsFile() {
        return data.resolve("cluster.json");
    }

    private Path processFile() {
        return run.resolve("pid");
    }

    public void create() {
        for (Path folder : new Path[] {data, pki(), run, namespaces(), pods()}) {
            try {
                Files.createDirectories(folder);
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            } catch (IOException e) {
                throw new ClusterException(
                        "%s cannot be made: %s.".formatted(folder, reason(e)), e);
            }
        }
    }

    /// Lets other commands find the state of a running cluster by its name alone.
    void linkData() {
        Path link = run.resolve("data");
        try {
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, data);
        } catch (IOException e) {
            throw new ClusterException("%s cannot be made: %s.".formatted(link, reason(e)), e);
        }
    }

    /// The settings of an earlier `up`.
    ///
    /// @throws ClusterException when they cannot be read, or a newer version wrote them
    public Optional<ClusterSettings> settings() {
        JsonObject tree;
        try {
            tree = JsonReader.readObject(Files.readAllBytes(settingsFile()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | JsonSyntaxException e) {
            throw new ClusterException(
                    "%s cannot be read (%s): mend it, or remove the cluster with \"fairlead down --delete\"."
                            .formatted(settingsFile(), e.getMessage()),
                    e);
        }
        long layout = tree.number(0, "layout");
        if (layout > LAYOUT) {
            throw new ClusterException(
                    "%s was written by a newer version of Fairlead (layout %d, this one knows %d): use that version, or another --data-dir."
                            .formatted(data, layout, LAYOUT));
        }
        return Optional.of(ClusterSettings.of(tree.object("settings")));
    }

    public void keep(ClusterSettings settings) {
        JsonObject tree =
                JsonObject.builder().put("layout", LAYOUT).put("settings", settings.tree()).build();
        write(settingsFile(), JsonWriter.prettyBytes(tree), "rw-r--r--");
    }

    /// How the API is served, as an earlier `up` was told.
    public ServingOptions serving() {
        try {
            return ServingOptions.of(
                    JsonReader.readObject(Files.readAllBytes(data.resolve(SERVING))));
        } catch (NoSuchFileException e) {
            return ServingOptions.NONE;
        } catch (IOException | JsonSyntaxException e) {
            throw new ClusterException(
                    "%s cannot be read (%s): mend it, or remove it and give the API server's options again."
                            .formatted(data.resolve(SERVING), e.getMessage()),
                    e);
        }
    }

    public void keep(ServingOptions serving) {
        write(data.resolve(SERVING), JsonWriter.prettyBytes(serving.tree()), "rw-r--r--");
    }

    /// The process that serves the cluster, when it still runs.
    public Optional<ProcessHandle> process() {
        try {
            String[] words = Files.readString(processFile()).strip().split(" ", -1);
            return ProcessHandle.of(Long.parseLong(words[0]))
                    .filter(ProcessHandle::isAlive)
                    // A number is used again in time; the moment of the start tells the processes
                    // apart.
                    .filter(process -> words.length < 2 || startOf(process).equals(words[1]));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | NumberFormatException e) {
            throw new ClusterException(
                    "%s cannot be read: %s.".formatted(processFile(), e.getMessage()), e);
        }
    }

    public void keepProcess(ProcessHandle process) {
        write(
                processFile(),
                (process.pid() + " " + startOf(process) + "\n")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                "rw-r--r--");
    }

    /// Replaces a file in one step: readers see the old or the new content, also after a crash.
    public static void write(Path file, byte[] content, String permissions) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString(permissions)));
            Files.write(fresh, content);
            Files.move(
                    fresh,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ClusterException("%s cannot be written: %s.".formatted(file, reason(e)), e);
        }
    }

    /// Removes a folder with all that is in it; nothing when it is not there.
    public static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new ClusterException("%s cannot be removed: %s.".formatted(folder, reason(e)), e);
        }
    }

    private static String startOf(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(start -> Long.toString(start.toEpochMilli()))
                .orElse("unknown");
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
    }
}
