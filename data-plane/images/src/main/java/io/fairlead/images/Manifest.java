package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What an image consists of: its configuration, and its layers from the lowest up.
record Manifest(Blob config, List<Blob> layers) {
    static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

    /// No image has so many; overlayfs takes 500.
    private static final int LAYERS_MAX = 500;

    Manifest {
        layers = List.copyOf(layers);
    }

    static Manifest read(JsonObject document) throws ImageException {
        if (!document.has("config")) {
            throw new ImageException(
                    "its manifest is of a form that is no longer in use (schema %d)"
                            .formatted(document.number(0, "schemaVersion")));
        }
        List<Blob> layers = new ArrayList<>();
        for (Json layer : document.list("layers")) {
            layers.add(Blob.read(layer));
        }
        if (layers.size() > LAYERS_MAX) {
            throw new ImageException(
                    "it has %d layers, more than %d".formatted(layers.size(), LAYERS_MAX));
        }
        return new Manifest(Blob.read(document.object("config")), layers);
    }

    /// Whether the document lists manifests, one for each platform.
    static boolean isIndex(JsonObject document) {
        return document.has("manifests");
    }

    /// The entry of an index for this machine.
    static Json forThisMachine(JsonObject index) throws ImageException {
        List<String> offered = new ArrayList<>();
        Json unspecified = null;
        for (Json entry : index.list("manifests")) {
            String os = entry.text("platform", "os");
            String architecture = entry.text("platform", "architecture");
            if (os.equals("linux") && architecture.equals(architecture())) {
                return entry;
            }
            if (os.isEmpty() && unspecified == null) {
                unspecified = entry;
            }
            offered.add(os + "/" + architecture);
        }
        if (unspecified != null) {
            return unspecified;
        }
        throw new ImageException(
                "it is not made for linux/%s, only for %s"
                        .formatted(architecture(), String.join(", ", offered)));
    }

    /// This machine, in Go's words.
    static String architecture() {
        String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
    }
}
