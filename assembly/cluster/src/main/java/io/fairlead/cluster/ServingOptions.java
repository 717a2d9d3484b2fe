package io.fairlead.cluster;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.apiserver.AccessSettings;
import io.fairlead.apiserver.AuditPolicy;
import io.fairlead.apiserver.AuditSettings;
import io.fairlead.apiserver.EncryptedObjects;
import io.fairlead.apiserver.OidcSettings;
import io.fairlead.apiserver.RequestLimits;
import io.fairlead.apiserver.StaticTokens;
import io.fairlead.apiserver.StoredObject;
import io.fairlead.store.ValueCodec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the API is served, by kube-apiserver's flags: who is let in, what is told, how much at a time, what is encrypted. Kept beside a cluster's settings; files are read
/// at each start.
///
/// @param flags the values of each flag that was given, by its name without hyphens before it
public record ServingOptions(Map<String, List<String>> flags) {
    public static final ServingOptions NONE = new ServingOptions(Map.of());

    private static final long MEGABYTE = 1 << 20;
    private static final long AUDIT_MEGABYTES = 100;

    public ServingOptions {
        Map<String, List<String>> given = new LinkedHashMap<>();
        flags.forEach((name, values) -> {
            if (!values.isEmpty() && !values.equals(List.of(""))) {
                given.put(name, List.copyOf(values));
            }
        });
        flags = Map.copyOf(given);
    }

    /// These, where none of `newer` says otherwise; an empty value takes a flag back.
    public ServingOptions with(Map<String, List<String>> newer) {
        Map<String, List<String>> all = new HashMap<>(flags);
        all.putAll(newer);
        return new ServingOptions(all);
    }

    /// @throws ClusterException when a file cannot be read or a value is not usable
    public void check() {
        access();
        limits();
        codec();
    }

    /// @throws ClusterException as [#check]
    AccessSettings access() {
        return usable(() ->
                new AccessSettings(
                        path("token-auth-file").map(StaticTokens::read).orElse(Map.of()),
                        oidc(),
                        audit()));
    }

    /// @throws ClusterException as [#check]
    RequestLimits limits() {
        RequestLimits usual = RequestLimits.USUAL;
        return new RequestLimits(
                number("max-requests-inflight", usual.reads()),
                number("max-mutating-requests-inflight", usual.writes()),
                text("enable-priority-and-fairness").equals("false")
                        ? RequestLimits.Sharing.FIRST_COME
                        : RequestLimits.Sharing.FAIR,
                Duration.ofSeconds(
                        number("request-timeout-seconds", (int) usual.timeout().toSeconds())),
                number("max-connections", usual.connections()));
    }

    /// How objects are kept.
    ///
    /// @throws ClusterException as [#check]
    ValueCodec<StoredObject> codec() {
        return usable(() ->
                path("encryption-provider-config")
                        .<ValueCodec<StoredObject>>map(EncryptedObjects::read)
                        .orElse(StoredObject.CODEC));
    }

    private Optional<OidcSettings> oidc() {
        String issuer = text("oidc-issuer-url");
        if (issuer.isEmpty()) {
            return Optional.empty();
        }
        URI uri = URI.create(issuer);
        String claim = text("oidc-username-claim").isEmpty() ? "sub" : text("oidc-username-claim");
        Map<String, String> required = new HashMap<>();
        for (String pair : flags.getOrDefault("oidc-required-claim", List.of())) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "--oidc-required-claim %s is not of the form key=value".formatted(pair));
            }
            required.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return Optional.of(
                new OidcSettings(
                        uri,
                        text("oidc-client-id"),
                        claim,
                        OidcSettings.prefix(text("oidc-username-prefix"), claim, uri),
                        text("oidc-groups-claim"),
                        text("oidc-groups-prefix"),
                        required,
                        path("oidc-ca-file").map(ServingOptions::content).orElse(""),
                        flags.getOrDefault("oidc-signing-algs", List.of())));
    }

    private Optional<AuditSettings> audit() {
        Optional<Path> policy = path("audit-policy-file");
        String log = text("audit-log-path");
        if (policy.isEmpty() || log.isEmpty()) {
            if (policy.isPresent() || !log.isEmpty()) {
                throw new IllegalArgumentException(
                        "--audit-policy-file and --audit-log-path need each other");
            }
            return Optional.empty();
        }
        return Optional.of(
                new AuditSettings(
                        AuditPolicy.read(policy.get()),
                        log.equals("-") ? Optional.empty() : Optional.of(Path.of(log)),
                        number("audit-log-maxsize", (int) AUDIT_MEGABYTES) * MEGABYTE,
                        Duration.ofDays(number("audit-log-maxage", 0)),
                        number("audit-log-maxbackup", 0)));
    }

    private interface Reading<T> {
        T run();
    }

    private static <T> T usable(Reading<T> reading) {
        try {
            return reading.run();
        } catch (IllegalArgumentException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    private String text(String flag) {
        List<String> values = flags.getOrDefault(flag, List.of());
        return values.isEmpty() ? "" : values.getLast();
    }

    private Optional<Path> path(String flag) {
        return Optional.of(text(flag)).filter(name -> !name.isEmpty()).map(Path::of);
    }

    private int number(String flag, int usual) {
        String text = text(flag);
        try {
            return text.isEmpty() ? usual : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ClusterException("--%s %s is not a number.".formatted(flag, text), e);
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("%s cannot be read".formatted(file), e);
        }
    }

    JsonObject tree() {
        JsonObject.Builder tree = JsonObject.builder();
        flags.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(flag -> tree.put(flag.getKey(), JsonArray.ofStrings(flag.getValue())));
        return tree.build();
    }

    static ServingOptions of(JsonObject tree) {
        Map<String, List<String>> flags = new HashMap<>();
        tree.forEach((name, values) ->
                flags.put(name, tree.list(name).stream().map(Json::text).toList()));
        return new ServingOptions(flags);
    }
}
