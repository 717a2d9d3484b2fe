package io.fairlead.images;

import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/// One pull's view of a registry and its mirrors: the first that answers is asked, and the others when it fails.
final class Registry implements Blobs {
    private static final int MANIFEST_BYTES_MAX = 4 << 20;
    private static final String MANIFESTS =
            String.join(
                    ", ",
                    Manifest.OCI_INDEX,
                    Manifest.DOCKER_LIST,
                    Manifest.OCI_MANIFEST,
                    Manifest.DOCKER_MANIFEST);

    private final List<RegistryEndpoint> endpoints = new ArrayList<>();

    Registry(
            HttpClient http,
            RegistryOptions options,
            ImageReference reference,
            RegistryCredentials credentials) {
        for (URI mirror : options.mirrors().getOrDefault(reference.registry(), List.of())) {
            endpoints.add(
                    new RegistryEndpoint(
                            http, mirror, reference.repository(), RegistryCredentials.ANONYMOUS));
        }
        endpoints.add(
                new RegistryEndpoint(
                        http,
                        options.address(reference.registry()),
                        reference.repository(),
                        credentials));
    }

    /// A manifest or index, with the digest it was checked against or, for a tag, has.
    record Document(ContentDigest digest, JsonObject content) {}

    /// @param name a tag or a digest
    Document manifest(String name) throws IOException, ImageException {
        byte[] bytes;
        try (InputStream body = get("manifests/" + name, MANIFESTS)) {
            bytes = body.readNBytes(MANIFEST_BYTES_MAX + 1);
        }
        if (bytes.length > MANIFEST_BYTES_MAX) {
            throw new ImageException("its manifest has more than 4 MiB");
        }
        ContentDigest digest = ContentDigest.of(bytes);
        if (name.indexOf(':') >= 0) {
            digest = ContentDigest.parse(name);
            if (!digest.isOf(digest.start().digest(bytes))) {
                throw new ImageException("the manifest sent for " + name + " has another digest");
            }
        }
        return new Document(digest, ImageDescription.document(bytes, "manifest"));
    }

    @Override
    public InputStream open(Blob blob) throws IOException, ImageException {
        return get("blobs/" + blob.digest(), "*/*");
    }

    private InputStream get(String path, String accept) throws IOException, ImageException {
        List<Exception> failures = new ArrayList<>();
        for (RegistryEndpoint endpoint : endpoints) {
            try {
                HttpResponse<InputStream> response = endpoint.get(path, accept);
                return response.body();
            } catch (IOException e) {
                String why = e.getMessage();
                failures.add(
                        new ImageException(
                                endpoint
                                        + " cannot be reached: "
                                        + (why == null ? e.getClass().getSimpleName() : why),
                                e));
            } catch (ImageException e) {
                failures.add(e);
            }
        }
        ImageException last = (ImageException) failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }
}
