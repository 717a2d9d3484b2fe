package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One image in an archive: of Docker's kind (`manifest.json`) or an OCI layout (`index.json`).
///
/// @param names as the archive gives them; may be empty
record ArchivedImage(List<ImageReference> names, Manifest manifest, Blobs blobs) {
    private static final int DOCUMENT_BYTES_MAX = 4 << 20;
    private static final int INDEX_DEPTH_MAX = 4;
    private static final String CONTAINERD_NAME = "io.containerd.image.name";
    private static final String OCI_NAME = "org.opencontainers.image.ref.name";

    static List<ArchivedImage> in(ImageArchive archive) throws IOException, ImageException {
        if (archive.has("manifest.json")) {
            return dockerImages(archive);
        }
        if (archive.has("index.json")) {
            return layoutImages(archive);
        }
        throw new ImageException(
                "it has neither a manifest.json, as Docker's archives do, nor an index.json, as OCI"
                        + " layouts do");
    }

    private static List<ArchivedImage> dockerImages(ImageArchive archive)
            throws IOException, ImageException {
        List<ArchivedImage> images = new ArrayList<>();
        for (Json entry : items(archive.read("manifest.json", DOCUMENT_BYTES_MAX))) {
            images.add(dockerImage(archive, entry));
        }
        return images;
    }

    /// These archives name layers by path. The configuration has their digests, uncompressed, so they are read that way.
    private static ArchivedImage dockerImage(ImageArchive archive, Json entry)
            throws IOException, ImageException {
        String configName = entry.text("Config");
        byte[] config = archive.read(configName, DOCUMENT_BYTES_MAX);
        Blob configBlob = new Blob("", ContentDigest.of(config), config.length);
        List<ContentDigest> digests = ImageDescription.read(config).layers();
        List<Json> paths = entry.list("Layers");
        if (paths.size() != digests.size()) {
            throw new ImageException(
                    "its manifest has %d layers, its configuration %d"
                            .formatted(paths.size(), digests.size()));
        }
        Map<ContentDigest, String> files = new HashMap<>();
        List<Blob> layers = new ArrayList<>();
        for (int i = 0; i < digests.size(); i++) {
            files.put(digests.get(i), paths.get(i).text());
            layers.add(new Blob("", digests.get(i), Blob.UNKNOWN_SIZE));
        }
        files.put(configBlob.digest(), configName);
        List<ImageReference> names = new ArrayList<>();
        for (Json name : entry.list("RepoTags")) {
            addName(names, name.text());
        }
        return new ArchivedImage(
                names,
                new Manifest(configBlob, layers),
                blob -> LayerStore.decompressed(archive.open(file(files, blob))));
    }

    private static String file(Map<ContentDigest, String> files, Blob blob) throws ImageException {
        String file = files.get(blob.digest());
        if (file == null) {
            throw new ImageException("there is no file for " + blob.digest() + " in it");
        }
        return file;
    }

    private static List<ArchivedImage> layoutImages(ImageArchive archive)
            throws IOException, ImageException {
        Blobs blobs =
                blob ->
                        archive.open(
                                "blobs/" + blob.digest().algorithm() + "/" + blob.digest().hex());
        Json index =
                ImageDescription.document(archive.read("index.json", DOCUMENT_BYTES_MAX), "index");
        List<ArchivedImage> images = new ArrayList<>();
        for (Json entry : index.list("manifests")) {
            List<ImageReference> names = new ArrayList<>();
            addName(names, entry.text("annotations", CONTAINERD_NAME));
            String name = entry.text("annotations", OCI_NAME);
            // Many tools write only a tag here, which names no image.
            if (names.isEmpty() && (name.indexOf(':') >= 0 || name.indexOf('/') >= 0)) {
                addName(names, name);
            }
            images.add(new ArchivedImage(names, manifest(blobs, Blob.read(entry), 0), blobs));
        }
        return images;
    }

    private static Manifest manifest(Blobs blobs, Blob blob, int depth)
            throws IOException, ImageException {
        var document = ImageDescription.document(blobs.read(blob, DOCUMENT_BYTES_MAX), "manifest");
        if (!Manifest.isIndex(document)) {
            return Manifest.read(document);
        }
        if (depth == INDEX_DEPTH_MAX) {
            throw new ImageException("its indexes are nested too deeply");
        }
        return manifest(blobs, Blob.read(Manifest.forThisMachine(document)), depth + 1);
    }

    private static void addName(List<ImageReference> names, String text) {
        try {
            if (!text.isEmpty()) {
                names.add(ImageReference.parse(text));
            }
        } catch (IllegalArgumentException e) {
            // A name that nobody can ask for is no name.
        }
    }

    private static List<Json> items(byte[] bytes) throws ImageException {
        try {
            return JsonReader.read(bytes).list();
        } catch (JsonSyntaxException e) {
            throw new ImageException("its manifest.json is not valid JSON: " + e.getMessage(), e);
        }
    }
}
