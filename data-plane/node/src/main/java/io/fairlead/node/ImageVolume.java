package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.images.ImageReference;
import io.fairlead.images.LocalImage;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A volume that shows the files of an image. It is pulled for the first container that mounts it, and never for none.
final class ImageVolume {
    private final NodeParts parts;
    private final PodFolders folders;

    ImageVolume(NodeParts parts, PodFolders folders) {
        this.parts = parts;
        this.folders = folders;
    }

    static boolean isImage(Json volume) {
        return volume.has("image");
    }

    /// Mounts those that a container wants and that are not there yet. Waits for as long as pulls take; one thread of a pod at a time.
    ///
    /// @throws StartFailure when an image cannot be had
    void mountFor(AssignedPod pod, ContainerSpec container) throws StartFailure {
        for (Json mount : container.tree().list("volumeMounts")) {
            for (Json volume : pod.spec().list("volumes")) {
                if (isImage(volume) && volume.text("name").equals(mount.text("name"))) {
                    mount(pod, container, volume);
                }
            }
        }
    }

    private void mount(AssignedPod pod, ContainerSpec container, Json volume) throws StartFailure {
        Path target = folders.volume(volume.text("name"));
        if (Mounts.isMountPoint(target)) {
            return;
        }
        String text = volume.text("image", "reference");
        ImageReference reference = ImageFetcher.reference(text);
        LocalImage image =
                new ImageFetcher(parts)
                        .fetch(pod, container, text, volume.text("image", "pullPolicy"), reference);
        Path changes = folders.imageVolume(volume.text("name"));
        try {
            for (Path folder :
                    new Path[] {target, changes.resolve("upper"), changes.resolve("work")}) {
                Files.createDirectories(folder);
            }
            // Nothing ever changes in it: containers see it read-only.
            Mounts.overlay(
                    image.layers().reversed(),
                    changes.resolve("upper"),
                    changes.resolve("work"),
                    target);
        } catch (IOException | LinuxException e) {
            throw new StartFailure(
                    StartFailure.Kind.CONFIGURATION,
                    "CreateContainerError",
                    "cannot mount image volume %s: %s"
                            .formatted(volume.text("name"), e.getMessage()));
        }
    }
}
