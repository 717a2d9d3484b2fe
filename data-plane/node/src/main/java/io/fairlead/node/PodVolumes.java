package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The volumes of one pod: makes them, keeps them up to date, says what each container sees.
final class PodVolumes {
    private static final List<String> KINDS =
            List.of(
                    "emptyDir",
                    "hostPath",
                    "image",
                    "configMap",
                    "secret",
                    "downwardAPI",
                    "projected",
                    "persistentVolumeClaim",
                    "ephemeral");

    private final PodFolders folders;
    private final ContainerEnvironment.ObjectLookup objects;
    private final VolumeSources.TokenSource tokens;
    private final InstantSource clock;

    PodVolumes(
            PodFolders folders,
            ContainerEnvironment.ObjectLookup objects,
            VolumeSources.TokenSource tokens,
            InstantSource clock) {
        this.folders = folders;
        this.objects = objects;
        this.tokens = tokens;
        this.clock = clock;
    }

    /// Makes all volumes, and brings those that are there up to date.
    ///
    /// @return when this should be called again though no object has changed
    /// @throws ConfigurationException when one cannot be made; the message names it
    Optional<Instant> prepare(AssignedPod pod, DownwardFields fields)
            throws ConfigurationException {
        Optional<Instant> renewAt = Optional.empty();
        for (Json volume : pod.spec().list("volumes")) {
            String name = volume.text("name");
            try {
                Optional<Instant> own = prepare(volume, pod, fields);
                if (own.isPresent() && (renewAt.isEmpty() || own.get().isBefore(renewAt.get()))) {
                    renewAt = own;
                }
            } catch (ConfigurationException e) {
                throw new ConfigurationException(
                        "MountVolume.SetUp failed for volume \"%s\" : %s"
                                .formatted(name, e.getMessage()));
            } catch (IOException | LinuxException e) {
                throw new NodeException(
                        "MountVolume.SetUp failed for volume \"%s\"".formatted(name), e);
            }
        }
        return renewAt;
    }

    /// What a container sees of the volumes.
    ///
    /// @throws ConfigurationException when it mounts what the pod does not have
    List<BindMount> mounts(AssignedPod pod, ContainerSpec container, Map<String, String> variables)
            throws ConfigurationException {
        List<BindMount> mounts = new ArrayList<>();
        for (Json mount : container.tree().list("volumeMounts")) {
            Path source = source(pod, mount.text("name"));
            String subPath =
                    mount.has("subPathExpr")
                            ? VariableExpansion.expand(mount.text("subPathExpr"), variables)
                            : mount.text("subPath");
            if (!subPath.isEmpty()) {
                source = below(source, subPath);
            }
            mounts.add(
                    new BindMount(
                            source,
                            mount.text("mountPath"),
                            mount.flag("readOnly") || isReadOnly(pod, mount.text("name"))
                                    ? BindMount.Access.READ_ONLY
                                    : BindMount.Access.READ_WRITE,
                            mount.text("mountPropagation")));
        }
        return mounts;
    }

    /// Unmounts everything; the files go with the pod's folder.
    void release() {
        Path volumes = folders.volume("x").getParent();
        if (volumes != null && Files.exists(volumes)) {
            Mounts.detachAllBelow(volumes);
        }
        if (Files.exists(folders.sharedMemory())) {
            Mounts.detachAllBelow(folders.sharedMemory());
        }
    }

    private Optional<Instant> prepare(Json volume, AssignedPod pod, DownwardFields fields)
            throws ConfigurationException, IOException {
        Path directory = folders.volume(volume.text("name"));
        if (VolumeSources.isOfObjects(volume)) {
            VolumeSources.Files files = VolumeSources.of(volume, pod, fields, objects, tokens);
            JsonObject context = pod.spec().object("securityContext");
            OptionalInt group =
                    context.has("fsGroup")
                            ? OptionalInt.of((int) context.number(0, "fsGroup"))
                            : OptionalInt.empty();
            new AtomicDirectory(directory, group).write(files.contents(), version());
            return files.renewAt();
        }
        if (volume.has("emptyDir")) {
            prepareEmpty(volume.object("emptyDir"), pod, directory);
        } else if (volume.has("hostPath")) {
            HostPathVolume.check(volume.object("hostPath"));
        } else if (ClaimedVolume.isClaim(volume)) {
            new ClaimedVolume(pod, objects).prepare(volume);
        } else if (!ImageVolume.isImage(volume)) {
            String kind =
                    ((JsonObject) volume)
                            .names().stream()
                                    .filter(member -> !member.equals("name"))
                                    .findFirst()
                                    .orElse("none");
            throw new ConfigurationException(
                    "volumes of kind %s are not supported; supported are %s"
                            .formatted(kind, String.join(", ", KINDS)));
        }
        return Optional.empty();
    }

    private void prepareEmpty(JsonObject emptyDir, AssignedPod pod, Path directory)
            throws IOException {
        if (Files.exists(directory)) {
            return;
        }
        Files.createDirectories(directory);
        if (emptyDir.text("medium").equals("Memory")) {
            long size = emptyDir.find("sizeLimit").map(JsonTexts::of).map(Amount::bytes).orElse(0L);
            Mounts.tmpfs(directory, "mode=0777" + (size > 0 ? ",size=" + size : ""));
        }
        JsonObject context = pod.spec().object("securityContext");
        Files.setAttribute(directory, "unix:mode", 0777);
        if (context.has("fsGroup")) {
            Files.setAttribute(directory, "unix:gid", (int) context.number(0, "fsGroup"));
            Files.setAttribute(directory, "unix:mode", 02777);
        }
    }

    private Path source(AssignedPod pod, String volumeName) throws ConfigurationException {
        for (Json volume : pod.spec().list("volumes")) {
            if (volume.text("name").equals(volumeName)) {
                if (ClaimedVolume.isClaim(volume)) {
                    return new ClaimedVolume(pod, objects).path(volume);
                }
                return volume.has("hostPath")
                        ? Path.of(volume.text("hostPath", "path"))
                        : folders.volume(volumeName);
            }
        }
        throw new ConfigurationException("the pod has no volume \"" + volumeName + "\"");
    }

    private static boolean isReadOnly(AssignedPod pod, String volumeName) {
        return pod.spec().list("volumes").stream()
                .filter(volume -> volume.text("name").equals(volumeName))
                .anyMatch(volume ->
                        ImageVolume.isImage(volume)
                                || volume.object("persistentVolumeClaim").flag("readOnly"));
    }

    private static Path below(Path volume, String subPath) throws ConfigurationException {
        try {
            Path wanted = volume.resolve(subPath).normalize();
            if (!wanted.startsWith(volume)) {
                throw new ConfigurationException("subPath " + subPath + " leaves the volume");
            }
            if (!Files.exists(wanted)) {
                Files.createDirectories(wanted);
            }
            // Links are followed once, here: what the container changes later leads nowhere else.
            Path real = wanted.toRealPath();
            if (!real.startsWith(volume.toRealPath())) {
                throw new ConfigurationException("subPath " + subPath + " leaves the volume");
            }
            return real;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot use subPath " + subPath + ": " + e.getMessage());
        }
    }

    private String version() {
        return Long.toString(clock.millis()) + "_" + Long.toHexString(System.nanoTime());
    }
}
