package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OidcTest {
    private static final Instant START = Instant.parse("2026-05-01T10:00:00Z");

    private HttpsServer provider;
    private CertificateAuthority authority;
    private final Clock[] clock = {Clock.fixed(START, ZoneOffset.UTC)};
    private KeyPair pair;
    private String keyId = "first";
    private int asked;

    @BeforeEach
    void start() throws Exception {
        authority = CertificateAuthority.create("provider", Clock.systemUTC(), new SecureRandom());
        pair = newPair();
        provider =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.setHttpsConfigurator(new HttpsConfigurator(security()));
        provider.createContext(
                "/",
                exchange -> {
                    asked++;
                    boolean isKeys = exchange.getRequestURI().getPath().equals("/keys");
                    byte[] body = JsonWriter.bytes(isKeys ? keys() : configuration());
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        provider.start();
    }

    @AfterEach
    void stop() {
        provider.stop(0);
    }

    @Test
    void readsUserAndGroups() throws Exception {
        try (OidcIssuer issuer = issuer(Map.of())) {
            User user = issuer.holder(token(claims())).orElseThrow();

            assertThat(user.name()).isEqualTo("oidc:jane");
            assertThat(user.groups()).containsExactly("oidc:dev", "system:authenticated");
        }
    }

    @Test
    void refusesTokensForOthersOrPastTheirTime() throws Exception {
        try (OidcIssuer issuer = issuer(Map.of("team", "red"))) {
            assertThat(issuer.holder(token(claims()))).isPresent();
            assertThat(issuer.holder(token(claims().with("aud", "another")))).isEmpty();
            assertThat(issuer.holder(token(claims().with("team", "blue")))).isEmpty();
            assertThat(issuer.holder(token(claims().with("iss", "https://else")))).isEmpty();
            clock[0] = Clock.fixed(START.plusSeconds(3600), ZoneOffset.UTC);
            assertThat(issuer.holder(token(claims()))).isEmpty();
        }
    }

    @Test
    void refusesTokensThatAreNotSignedByTheIssuer() throws Exception {
        try (OidcIssuer issuer = issuer(Map.of())) {
            String token = token(claims());
            String forged = token.substring(0, token.lastIndexOf('.') + 1);

            assertThat(issuer.holder(forged)).isEmpty();
            pair = newPair();
            assertThat(issuer.holder(token(claims()))).isEmpty();
            String unsigned =
                    part(JsonObject.of("alg", Json.of("none"))) + "." + part(claims()) + ".";
            assertThat(issuer.holder(unsigned)).isEmpty();
        }
    }

    @Test
    void fetchesKeysAgainWhenTheyRotate() throws Exception {
        try (OidcIssuer issuer = issuer(Map.of())) {
            assertThat(issuer.holder(token(claims()))).isPresent();
            String old = token(claims());
            pair = newPair();
            keyId = "second";
            clock[0] = Clock.fixed(START.plusSeconds(30), ZoneOffset.UTC);

            assertThat(issuer.holder(token(claims()))).isPresent();
            assertThat(issuer.holder(old)).isEmpty();
        }
    }

    @Test
    void doesNotAskForEveryStrangersToken() throws Exception {
        try (OidcIssuer issuer = issuer(Map.of())) {
            String good = token(claims());
            assertThat(issuer.holder(good)).isPresent();
            int before = asked;
            keyId = "unknown";
            for (int i = 0; i < 100; i++) {
                issuer.holder(token(claims()));
            }

            assertThat(asked).isEqualTo(before);
        }
    }

    @Test
    void knowsTheHoldersOfStaticTokens(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokens");
        Files.writeString(file, "secret,jane,7,\"dev,ops\"\n\nplain, bob ,8\n");

        Map<String, User> users = StaticTokens.read(file);

        assertThat(users)
                .containsOnly(
                        Map.entry("secret", new User("jane", "7", List.of("dev", "ops"), Map.of())),
                        Map.entry("plain", new User("bob", "8", List.of(), Map.of())));
        Files.writeString(file, "secret,jane\n");
        assertThatThrownBy(() -> StaticTokens.read(file)).hasMessageContaining("line 1");
    }

    @Test
    void letsHoldersOfAllSortsOfTokensIn(@TempDir Path folder) throws Exception {
        ServiceAccountTokens tokens =
                new ServiceAccountTokens(
                        authority.issueClient("signer", List.of()),
                        Clock.systemUTC(),
                        new SecureRandom());
        ObjectStore store = new ObjectStore(new io.fairlead.store.InMemoryStore<>());
        try (OidcIssuer issuer = issuer(Map.of())) {
            Authentication authentication =
                    new Authentication(
                            authority,
                            tokens,
                            Map.of("secret", new User("bob", "", List.of(), Map.of())),
                            Optional.of(issuer),
                            store::snapshot,
                            new RoleBasedAuthorizer(
                                    store::snapshot,
                                    () -> 0,
                                    new NodeAuthorizer(new NodePods(store.store()))),
                            Clock.systemUTC());
            Set<String> own = Set.of(ServiceAccountTokens.ISSUER);

            assertThat(authentication.tokenHolder("secret", own).orElseThrow().name())
                    .isEqualTo("bob");
            assertThat(authentication.tokenHolder(token(claims()), own).orElseThrow().name())
                    .isEqualTo("oidc:jane");
            assertThat(authentication.tokenHolder(token(claims()), Set.of("other"))).isEmpty();
            assertThat(authentication.tokenHolder("nonsense", own)).isEmpty();
        }
    }

    private OidcIssuer issuer(Map<String, String> required) {
        return new OidcIssuer(
                new OidcSettings(
                        URI.create(url()),
                        "fairlead",
                        "sub",
                        "oidc:",
                        "groups",
                        "oidc:",
                        required,
                        authority.certificatePem(),
                        List.of()),
                () -> clock[0].instant(),
                Runnable::run);
    }

    private String url() {
        return "https://localhost:" + provider.getAddress().getPort();
    }

    private JsonObject claims() {
        return JsonObject.builder()
                .put("iss", url())
                .put("sub", "jane")
                .put("aud", JsonArray.of(Json.of("fairlead")))
                .put("exp", START.plusSeconds(600).getEpochSecond())
                .put("groups", JsonArray.of(Json.of("dev")))
                .put("team", "red")
                .build();
    }

    private String token(JsonObject claims) throws Exception {
        JsonObject header = JsonObject.of("alg", Json.of("RS256"), "kid", Json.of(keyId));
        String signed = part(header) + "." + part(claims);
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + encode(signature.sign());
    }

    private JsonObject configuration() {
        return JsonObject.of("issuer", Json.of(url()), "jwks_uri", Json.of(url() + "/keys"));
    }

    private JsonObject keys() {
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        return JsonObject.of(
                "keys",
                JsonArray.of(
                        JsonObject.builder()
                                .put("kty", "RSA")
                                .put("kid", keyId)
                                .put("n", encode(key.getModulus().toByteArray()))
                                .put("e", encode(key.getPublicExponent().toByteArray()))
                                .build()));
    }

    private static String part(JsonObject json) {
        return encode(JsonWriter.bytes(json));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyPair newPair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    private SSLContext security() throws Exception {
        Credential own =
                authority.issueServer(
                        "localhost",
                        List.of("localhost"),
                        List.of(InetAddress.getLoopbackAddress()));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "own",
                own.key(),
                new char[0],
                own.chain().toArray(java.security.cert.Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
