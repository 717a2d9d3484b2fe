package io.fairlead.images;

import java.util.Optional;
import java.util.regex.Pattern;

/// Names an image: `registry/repository:tag@digest`. What is left out is filled in as Docker does, so that `nginx` is
/// `docker.io/library/nginx:latest`.
///
/// @param registry host and optional port, such as `docker.io` or `localhost:5000`
/// @param repository the path within the registry, such as `library/nginx`
/// @param tag empty where only the digest was given
/// @param digest such as `sha256:…`; it alone decides where both are given
public record ImageReference(
        String registry, String repository, Optional<String> tag, Optional<String> digest) {
    private static final String DEFAULT_REGISTRY = "docker.io";
    private static final Pattern REGISTRY =
            Pattern.compile(
                    "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+])(?::[0-9]{1,5})?");
    private static final Pattern COMPONENT =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final Pattern DIGEST =
            Pattern.compile("[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}");
    private static final int REPOSITORY_LENGTH_MAX = 255;

    /// @throws IllegalArgumentException when `text` names no image; the message says why
    public static ImageReference parse(String text) {
        String rest = text;
        Optional<String> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(matching(DIGEST, rest.substring(at + 1), "digest", text));
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(matching(TAG, rest.substring(colon + 1), "tag", text));
            rest = rest.substring(0, colon);
        }
        String registry = DEFAULT_REGISTRY;
        int slash = rest.indexOf('/');
        if (slash > 0 && looksLikeHost(rest.substring(0, slash))) {
            registry = matching(REGISTRY, rest.substring(0, slash), "registry", text);
            rest = rest.substring(slash + 1);
        }
        if (registry.equals("index.docker.io")) {
            registry = DEFAULT_REGISTRY;
        }
        if (registry.equals(DEFAULT_REGISTRY) && rest.indexOf('/') < 0) {
            rest = "library/" + rest;
        }
        if (rest.length() > REPOSITORY_LENGTH_MAX) {
            throw refused(text, "its repository is longer than 255 characters");
        }
        for (String component : rest.split("/", -1)) {
            matching(COMPONENT, component, "repository", text);
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        return new ImageReference(registry, rest, tag, digest);
    }

    /// What a registry's manifest URL ends with: the digest, else the tag.
    public String manifestName() {
        return digest.or(() -> tag).orElse("latest");
    }

    /// Whether nothing but the moving tag `latest` was asked for; Kubernetes pulls such images always, by default.
    public boolean isLatest() {
        return digest.isEmpty() && tag.equals(Optional.of("latest"));
    }

    /// In full, such as `docker.io/library/nginx:latest`.
    @Override
    public String toString() {
        return registry
                + "/"
                + repository
                + tag.map(name -> ":" + name).orElse("")
                + digest.map(name -> "@" + name).orElse("");
    }

    private static boolean looksLikeHost(String text) {
        return text.equals("localhost")
                || text.indexOf('.') >= 0
                || text.indexOf(':') >= 0
                || text.chars().anyMatch(Character::isUpperCase);
    }

    private static String matching(Pattern pattern, String part, String what, String text) {
        if (!pattern.matcher(part).matches()) {
            throw refused(text, "its " + what + " \"" + part + "\" is not well formed");
        }
        return part;
    }

    private static IllegalArgumentException refused(String text, String why) {
        return new IllegalArgumentException("\"" + text + "\" names no image: " + why);
    }
}
