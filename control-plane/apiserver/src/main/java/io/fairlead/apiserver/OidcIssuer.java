package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonString;
import io.fairlead.api.JsonSyntaxException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Knows users by the tokens of an OpenID Connect issuer. Its keys are fetched when the first token comes, and again when one is signed with a key that is not
/// known. Safe for use by many threads.
final class OidcIssuer implements AutoCloseable {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final Duration FETCH_AGAIN = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SKEW = Duration.ofMinutes(5);
    private static final int ANSWER_BYTES_MAX = 1 << 20;

    private final OidcSettings settings;
    private final InstantSource clock;
    private final Executor executor;
    private volatile List<JsonWebKey> keys = List.of();
    private Instant fetched = Instant.MIN;
    private @Nullable HttpClient client;

    OidcIssuer(OidcSettings settings, InstantSource clock, Executor executor) {
        this.settings = settings;
        this.clock = clock;
        this.executor = executor;
    }

    /// Whose token this is; empty when it is not of this issuer, or no good.
    Optional<User> holder(String text) {
        Optional<JsonWebToken> token =
                JsonWebToken.parse(text)
                        .filter(parsed ->
                                parsed.claims().text("iss").equals(settings.issuer().toString()));
        if (token.isEmpty() || !isCurrent(token.get().claims())) {
            return Optional.empty();
        }
        boolean isGenuine =
                settings.algorithms().contains(token.get().algorithm())
                        && (isSignedByAny(token.get(), keys)
                                || isSignedByAny(token.get(), freshKeys()));
        return isGenuine ? user(token.get().claims()) : Optional.empty();
    }

    @Override
    public synchronized void close() {
        if (client != null) {
            client.shutdownNow();
        }
    }

    private boolean isCurrent(JsonObject claims) {
        Instant now = clock.instant();
        return texts(claims, "aud").contains(settings.clientId())
                && now.isBefore(Instant.ofEpochSecond(claims.number(0, "exp")))
                && !now.plus(SKEW).isBefore(Instant.ofEpochSecond(claims.number(0, "nbf")));
    }

    private static boolean isSignedByAny(JsonWebToken token, List<JsonWebKey> keys) {
        String id = token.header().text("kid");
        return keys.stream()
                .filter(key -> id.isEmpty() || key.id().isEmpty() || key.id().equals(id))
                .anyMatch(key -> token.isSignedBy(key.key()));
    }

    private Optional<User> user(JsonObject claims) {
        String name = claims.text(settings.usernameClaim());
        boolean isUnverified =
                settings.usernameClaim().equals("email")
                        && claims.has("email_verified")
                        && !claims.flag("email_verified");
        if (name.isEmpty() || isUnverified) {
            return Optional.empty();
        }
        for (Map.Entry<String, String> required : settings.requiredClaims().entrySet()) {
            if (!claims.text(required.getKey()).equals(required.getValue())) {
                return Optional.empty();
            }
        }
        List<String> groups = new ArrayList<>();
        if (!settings.groupsClaim().isEmpty()) {
            texts(claims, settings.groupsClaim())
                    .forEach(group -> groups.add(settings.groupsPrefix() + group));
        }
        Map<String, List<String>> extra =
                claims.text("jti").isEmpty()
                        ? Map.of()
                        : Map.of(
                                "authentication.kubernetes.io/credential-id",
                                List.of("JTI=" + claims.text("jti")));
        return Optional.of(
                new User(settings.usernamePrefix() + name, "", groups, extra).authenticated());
    }

    /// One text, or a list of them.
    private static List<String> texts(JsonObject claims, String name) {
        Json value = claims.get(name);
        return value instanceof JsonString one
                ? List.of(one.value())
                : claims.list(name).stream().map(Json::text).toList();
    }

    // Strangers can send tokens with any key's name, so the issuer is not asked for each.
    private synchronized List<JsonWebKey> freshKeys() {
        Instant now = clock.instant();
        if (now.isBefore(fetched.equals(Instant.MIN) ? now : fetched.plus(FETCH_AGAIN))) {
            return keys;
        }
        fetched = now;
        try {
            JsonObject configuration =
                    fetch(
                            URI.create(
                                    settings.issuer().toString().replaceAll("/$", "")
                                            + "/.well-known/openid-configuration"));
            if (!configuration.text("issuer").equals(settings.issuer().toString())) {
                throw new IOException("it calls itself " + configuration.text("issuer"));
            }
            List<JsonWebKey> read = new ArrayList<>();
            for (Json key : fetch(URI.create(configuration.text("jwks_uri"))).list("keys")) {
                try {
                    read.add(JsonWebKey.of((JsonObject) key));
                } catch (IllegalArgumentException e) {
                    LOG.log(Level.DEBUG, "a key of " + settings.issuer() + " is left out", e);
                }
            }
            keys = List.copyOf(read);
        } catch (IOException | IllegalArgumentException | JsonSyntaxException e) {
            LOG.log(
                    Level.WARNING,
                    "cannot fetch the keys of {0}: {1}",
                    settings.issuer(),
                    e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return keys;
    }

    private JsonObject fetch(URI uri) throws IOException, InterruptedException {
        if (!"https".equals(uri.getScheme())) {
            throw new IOException(uri + " is no https:// URL");
        }
        HttpClient known = client;
        if (known == null) {
            known =
                    HttpClient.newBuilder()
                            .executor(executor)
                            .connectTimeout(PATIENCE)
                            .sslContext(TransportSecurity.verifying(settings.authorityPem()))
                            .build();
            client = known;
        }
        HttpResponse<java.io.InputStream> answer =
                known.send(
                        HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (java.io.InputStream body = answer.body()) {
            byte[] bytes = body.readNBytes(ANSWER_BYTES_MAX);
            if (answer.statusCode() != 200) {
                throw new IOException(uri + " answers " + answer.statusCode());
            }
            return JsonReader.readObject(bytes);
        }
    }
}
