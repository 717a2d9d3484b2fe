package io.fairlead.images;

import io.fairlead.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// The images on this machine: unpacked layers, configurations, and the names that lead to them, in one folder. Safe for many threads, and for several processes on one folder.
///
/// An image's name is written last, so what can be found is whole. Nothing is deleted but by [#prune].
public final class ImageStore implements ImageSource {
    private static final int CONFIGURATION_BYTES_MAX = 4 << 20;
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(15);

    private final Path root;
    private final RegistryOptions options;
    private final ExecutorService workers;
    private final LayerStore layers;
    private final ImageRecords records;
    private final Map<ContentDigest, LocalImage> known = new ConcurrentHashMap<>();
    private @Nullable HttpClient http;

    /// @param root made when the first image comes; on a file system that overlayfs accepts as a lower one
    /// @param workers fetch and unpack layers side by side; its tasks wait for each other, so it must not bound their number
    public ImageStore(Path root, RegistryOptions options, ExecutorService workers) {
        this(root, options, workers, UnpackLimits.USUAL);
    }

    ImageStore(Path root, RegistryOptions options, ExecutorService workers, UnpackLimits limits) {
        this.root = root.toAbsolutePath();
        this.options = options;
        this.workers = workers;
        this.layers = new LayerStore(this.root, limits);
        this.records = new ImageRecords(this.root);
    }

    @Override
    public Optional<LocalImage> find(ImageReference reference) {
        try {
            Optional<ContentDigest> id = records.named(name(reference));
            return id.isEmpty() ? Optional.empty() : image(id.orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the images in " + root, e);
        }
    }

    /// Images without all their layers count as absent, so that a pull completes them.
    private Optional<LocalImage> image(ContentDigest id) throws IOException {
        LocalImage image = known.get(id);
        if (image == null) {
            Optional<byte[]> configuration = records.configuration(id);
            if (configuration.isEmpty()) {
                return Optional.empty();
            }
            try {
                image = image(id, ImageDescription.read(configuration.orElseThrow()));
            } catch (ImageException damaged) {
                return Optional.empty();
            }
            known.put(id, image);
        }
        return Optional.of(image)
                .filter(each -> each.layers().stream().allMatch(Files::isDirectory));
    }

    private LocalImage image(ContentDigest id, ImageDescription description) {
        return new LocalImage(
                id.toString(),
                description.layers().stream().map(layers::directory).toList(),
                description.config());
    }

    @Override
    public LocalImage pull(ImageReference reference, RegistryCredentials credentials)
            throws ImageException {
        return pull(reference, credentials, PullProgress.NONE);
    }

    /// Like [#pull(ImageReference, RegistryCredentials)], and tells how it goes.
    public LocalImage pull(
            ImageReference reference, RegistryCredentials credentials, PullProgress progress)
            throws ImageException {
        Registry registry = new Registry(http(), options, reference, credentials);
        return attempt(
                "Cannot pull " + reference,
                () -> {
                    Registry.Document document = registry.manifest(reference.manifestName());
                    ContentDigest named = document.digest();
                    if (Manifest.isIndex(document.content())) {
                        Blob chosen = Blob.read(Manifest.forThisMachine(document.content()));
                        document = registry.manifest(chosen.digest().toString());
                    }
                    LocalImage image = bring(Manifest.read(document.content()), registry, progress);
                    ContentDigest id = ContentDigest.parse(image.id());
                    records.keepName(name(byDigest(reference, named)), id);
                    if (reference.digest().isEmpty()) {
                        records.keepName(name(reference), id);
                    }
                    return image;
                });
    }

    /// Takes all images of an archive, or of an unpacked OCI layout, under the names it gives them.
    ///
    /// @param archive as `docker save`, skopeo and umoci write them
    public List<StoredImage> load(Path archive) throws ImageException {
        return load(archive, Optional.empty());
    }

    /// Takes the only image of an archive under a name of the caller's.
    public LocalImage load(Path archive, ImageReference name) throws ImageException {
        return load(archive, Optional.of(name)).getFirst().image();
    }

    private List<StoredImage> load(Path path, Optional<ImageReference> name) throws ImageException {
        return attempt(
                "Cannot load images from " + path,
                () -> {
                    layers.removeLeftovers();
                    try (ImageArchive archive = ImageArchive.of(path, layers.room())) {
                        List<ArchivedImage> images = ArchivedImage.in(archive);
                        if (images.isEmpty() || (name.isPresent() && images.size() > 1)) {
                            throw new ImageException("it has " + images.size() + " images");
                        }
                        List<StoredImage> stored = new ArrayList<>();
                        for (ArchivedImage image : images) {
                            stored.addAll(keep(image, name.map(List::of).orElse(image.names())));
                        }
                        return stored;
                    }
                });
    }

    private List<StoredImage> keep(ArchivedImage archived, List<ImageReference> names)
            throws IOException, ImageException {
        if (names.isEmpty()) {
            throw new ImageException(
                    "it has an image without a name; say under which name to keep it");
        }
        LocalImage image = bring(archived.manifest(), archived.blobs(), PullProgress.NONE);
        List<StoredImage> stored = new ArrayList<>();
        for (ImageReference name : names) {
            records.keepName(name(name), ContentDigest.parse(image.id()));
            stored.add(new StoredImage(name, image));
        }
        return stored;
    }

    /// Keeps an image that was made on this machine.
    LocalImage keep(ImageReference name, Manifest manifest, Blobs blobs) throws ImageException {
        return attempt(
                "Cannot keep the image " + name,
                () -> {
                    LocalImage image = bring(manifest, blobs, PullProgress.NONE);
                    records.keepName(name(name), ContentDigest.parse(image.id()));
                    return image;
                });
    }

    /// All names and their images, sorted by name; an image with several names comes several times.
    public List<StoredImage> list() throws ImageException {
        return attempt(
                "Cannot list the images in " + root,
                () -> {
                    List<StoredImage> all = new ArrayList<>();
                    for (Map.Entry<String, ContentDigest> each : records.names().entrySet()) {
                        Optional<LocalImage> image = image(each.getValue());
                        if (image.isPresent()) {
                            all.add(
                                    new StoredImage(
                                            ImageReference.parse(each.getKey()),
                                            image.orElseThrow()));
                        }
                    }
                    return all;
                });
    }

    /// Forgets a name. What it named stays until [#prune].
    ///
    /// @return whether the name was known
    public boolean remove(ImageReference reference) throws ImageException {
        return attempt("Cannot remove " + reference, () -> records.forgetName(name(reference)));
    }

    /// Deletes the layers and configurations that no name leads to, and what an earlier process left half done. Nothing may be pulled or loaded meanwhile.
    ///
    /// @param inUse layer directories to keep all the same, because containers run from them
    public void prune(Set<Path> inUse) throws ImageException {
        attempt(
                "Cannot clean up the images in " + root,
                () -> {
                    Set<Path> kept = new HashSet<>(inUse);
                    Set<ContentDigest> ids = new HashSet<>(records.names().values());
                    for (ContentDigest id : ids) {
                        image(id).ifPresent(image -> kept.addAll(image.layers()));
                    }
                    known.keySet().retainAll(ids);
                    records.retainConfigurations(ids);
                    layers.retain(kept);
                    layers.removeLeftovers();
                    return true;
                });
    }

    private LocalImage bring(Manifest manifest, Blobs blobs, PullProgress progress)
            throws IOException, ImageException {
        byte[] configuration = blobs.read(manifest.config(), CONFIGURATION_BYTES_MAX);
        ImageDescription description = ImageDescription.read(configuration);
        if (description.layers().size() != manifest.layers().size()) {
            throw new ImageException(
                    "its manifest has %d layers, its configuration %d"
                            .formatted(manifest.layers().size(), description.layers().size()));
        }
        bringLayers(manifest.layers(), description.layers(), blobs, progress);
        records.keepConfiguration(manifest.config().digest(), configuration);
        return image(manifest.config().digest(), description);
    }

    private void bringLayers(
            List<Blob> sources, List<ContentDigest> digests, Blobs blobs, PullProgress progress)
            throws IOException, ImageException {
        List<Future<Path>> work = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            Blob source = sources.get(i);
            ContentDigest digest = digests.get(i);
            String name = digest.toString();
            work.add(
                    workers.submit(() ->
                            layers.ensure(
                                    digest,
                                    source,
                                    blobs,
                                    done -> progress.onBytes(name, done, source.size()))));
        }
        try {
            for (Future<Path> each : work) {
                each.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException("it was interrupted", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ImageException refused -> throw refused;
                case IOException failed -> throw failed;
                case RuntimeException failed -> throw failed;
                case Error failed -> throw failed;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            work.forEach(each -> each.cancel(true));
        }
    }

    private interface Attempt<T> {
        T run() throws IOException, ImageException;
    }

    /// Puts before every failure what was being done.
    private static <T> T attempt(String failure, Attempt<T> attempt) throws ImageException {
        try {
            return attempt.run();
        } catch (IOException | ImageException | LinuxException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new ImageException(failure + ": " + why, e);
        }
    }

    /// A digest says all, so a tag beside it does not belong to the name.
    private static String name(ImageReference reference) {
        return reference.digest().isEmpty()
                ? reference.toString()
                : new ImageReference(
                                reference.registry(),
                                reference.repository(),
                                Optional.empty(),
                                reference.digest())
                        .toString();
    }

    private static ImageReference byDigest(ImageReference reference, ContentDigest digest) {
        return new ImageReference(
                reference.registry(),
                reference.repository(),
                Optional.empty(),
                Optional.of(digest.toString()));
    }

    /// Made at the first pull: many clusters never pull.
    private synchronized HttpClient http() {
        HttpClient client = http;
        if (client == null) {
            client =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .connectTimeout(CONNECT_PATIENCE)
                            .proxy(ProxySelector.getDefault())
                            .executor(workers)
                            .build();
            http = client;
        }
        return client;
    }
}
