package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.images.ImageException;
import io.fairlead.images.ImageReference;
import io.fairlead.images.LocalImage;
import io.fairlead.images.RegistryCredentials;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/// Brings a container's image to this machine, as its pull policy asks.
final class ImageFetcher {
    private final NodeParts parts;

    ImageFetcher(NodeParts parts) {
        this.parts = parts;
    }

    /// @throws StartFailure with the reason that users know
    static ImageReference reference(String image) throws StartFailure {
        try {
            return ImageReference.parse(image);
        } catch (IllegalArgumentException e) {
            throw new StartFailure(
                    StartFailure.Kind.CONFIGURATION,
                    "InvalidImageName",
                    "Failed to apply default image tag \"%s\": couldn't parse image name: invalid reference format"
                            .formatted(image));
        }
    }

    /// Waits for as long as a pull takes.
    ///
    /// @param container who needs it
    /// @param text how the pod names the image
    /// @param asked the pull policy; empty for the usual one
    LocalImage fetch(
            AssignedPod pod,
            ContainerSpec container,
            String text,
            String asked,
            ImageReference reference)
            throws StartFailure {
        String usual = reference.isLatest() ? "Always" : "IfNotPresent";
        String policy = asked.isEmpty() ? usual : asked;
        if (!policy.equals("Always")) {
            Optional<LocalImage> present = parts.images().find(reference);
            if (present.isPresent()) {
                parts.normal(
                        pod,
                        container,
                        "Pulled",
                        "Container image \"%s\" already present on machine".formatted(text));
                return present.get();
            }
            if (policy.equals("Never")) {
                throw new StartFailure(
                        StartFailure.Kind.PULL,
                        "ErrImageNeverPull",
                        "Container image \"%s\" is not present with pull policy of Never"
                                .formatted(text));
            }
        }
        parts.normal(pod, container, "Pulling", "Pulling image \"" + text + "\"");
        Instant begun = parts.clock().instant();
        try {
            LocalImage image =
                    parts.images().pull(reference, credentials(pod, reference.registry()));
            Duration took = Duration.between(begun, parts.clock().instant());
            parts.normal(
                    pod,
                    container,
                    "Pulled",
                    "Successfully pulled image \"%s\" in %dms".formatted(text, took.toMillis()));
            return image;
        } catch (ImageException e) {
            String message = "failed to pull image \"%s\": %s".formatted(text, e.getMessage());
            parts.warning(pod, container, "Failed", message);
            throw new StartFailure(StartFailure.Kind.PULL, "ErrImagePull", message);
        }
    }

    private RegistryCredentials credentials(AssignedPod pod, String registry) {
        for (Json reference : pod.spec().list("imagePullSecrets")) {
            ObjectName name = new ObjectName(pod.namespace(), reference.text("name"));
            Optional<JsonObject> secret = parts.client().find(ResourceType.SECRET, name);
            if (secret.isPresent()) {
                Optional<RegistryCredentials> found = credentials(secret.get(), registry);
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        return RegistryCredentials.ANONYMOUS;
    }

    private static Optional<RegistryCredentials> credentials(JsonObject secret, String registry) {
        byte[] config = ObjectContents.secret(secret).get(".dockerconfigjson");
        if (config == null) {
            return Optional.empty();
        }
        try {
            JsonObject logins = JsonReader.readObject(config).object("auths");
            for (String server : logins.names()) {
                if (host(server).equals(registry)) {
                    return Optional.of(login(logins.object(server)));
                }
            }
        } catch (JsonSyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static RegistryCredentials login(JsonObject login) {
        String both = login.text("auth");
        if (both.isEmpty()) {
            return new RegistryCredentials(login.text("username"), login.text("password"));
        }
        String decoded = new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8);
        int colon = decoded.indexOf(':');
        return new RegistryCredentials(
                decoded.substring(0, Math.max(0, colon)), decoded.substring(colon + 1));
    }

    private static String host(String server) {
        String bare = server.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
        return bare.equals("index.docker.io") ? "docker.io" : bare;
    }
}
