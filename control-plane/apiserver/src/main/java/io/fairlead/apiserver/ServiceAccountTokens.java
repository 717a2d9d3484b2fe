package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.JsonWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPoint;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Issues and reads the tokens of service accounts: JSON web tokens (RFC 7519) signed with ES256. Whether what a token is bound to still exists is not
/// judged here. Safe for use by many threads.
final class ServiceAccountTokens {
    static final String ISSUER = "https://kubernetes.default.svc.cluster.local";

    // JDK's name for the fixed-length form of ECDSA signatures that RFC 7518 asks for.
    private static final String ALGORITHM = "SHA256withECDSAinP1363Format";
    private static final int COORDINATE_BYTES = 32;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final Credential signer;
    private final String keyId;
    private final InstantSource clock;
    private final SecureRandom random;

    ServiceAccountTokens(Credential signer, InstantSource clock, SecureRandom random) {
        this.signer = signer;
        this.keyId = keyId(signer.certificate().getPublicKey());
        this.clock = clock;
        this.random = random;
    }

    /// What a token says.
    ///
    /// @param boundKind `Pod`, `Secret` or `Node`, or empty, as `boundName` and `boundUid`
    /// @param nodeName the node of the pod it is bound to; empty where there is none
    record Claims(
            String id,
            String namespace,
            String name,
            String uid,
            List<String> audiences,
            Instant expiry,
            String boundKind,
            String boundName,
            String boundUid,
            String nodeName,
            String nodeUid) {}

    String issue(Claims claims, Duration lifetime) {
        Instant now = clock.instant();
        JsonObject.Builder kubernetes = JsonObject.builder().put("namespace", claims.namespace());
        if (!claims.nodeName().isEmpty() && !claims.boundKind().equals("Node")) {
            kubernetes.put("node", reference(claims.nodeName(), claims.nodeUid()));
        }
        if (!claims.boundKind().isEmpty()) {
            kubernetes.put(
                    claims.boundKind().toLowerCase(java.util.Locale.ROOT),
                    reference(claims.boundName(), claims.boundUid()));
        }
        kubernetes.put("serviceaccount", reference(claims.name(), claims.uid()));
        JsonObject body =
                JsonObject.builder()
                        .put("aud", JsonArray.ofStrings(claims.audiences()))
                        .put("exp", now.plus(lifetime).getEpochSecond())
                        .put("iat", now.getEpochSecond())
                        .put("iss", ISSUER)
                        .put("jti", claims.id())
                        .put("kubernetes.io", kubernetes.build())
                        .put("nbf", now.getEpochSecond())
                        .put("sub", subject(claims.namespace(), claims.name()))
                        .build();
        JsonObject header =
                JsonObject.of(
                        "alg", Json.of("ES256"), "kid", Json.of(keyId), "typ", Json.of("JWT"));
        String signed = part(header) + "." + part(body);
        return signed + "." + ENCODER.encodeToString(sign(signed));
    }

    /// The claims of a token that we signed and that has not expired; empty for anything else.
    Optional<Claims> read(String token) {
        PublicKey key = signer.certificate().getPublicKey();
        return JsonWebToken.parse(token)
                .filter(parsed -> parsed.algorithm().equals("ES256") && parsed.isSignedBy(key))
                .flatMap(parsed -> current(parsed.claims()));
    }

    /// Where verifiers find what they need to know (OpenID Connect Discovery 1.0, 3).
    ///
    /// @param keysAt the URL of [#keySet]
    JsonObject configuration(String keysAt) {
        return JsonObject.builder()
                .put("issuer", ISSUER)
                .put("jwks_uri", keysAt)
                .put("response_types_supported", JsonArray.of(Json.of("id_token")))
                .put("subject_types_supported", JsonArray.of(Json.of("public")))
                .put("id_token_signing_alg_values_supported", JsonArray.of(Json.of("ES256")))
                .build();
    }

    /// The public key, for verifiers (RFC 7517).
    JsonObject keySet() {
        ECPoint point = ((ECPublicKey) signer.certificate().getPublicKey()).getW();
        return JsonObject.of(
                "keys",
                JsonArray.of(
                        JsonObject.builder()
                                .put("use", "sig")
                                .put("kty", "EC")
                                .put("kid", keyId)
                                .put("crv", "P-256")
                                .put("alg", "ES256")
                                .put("x", coordinate(point.getAffineX()))
                                .put("y", coordinate(point.getAffineY()))
                                .build()));
    }

    private static String coordinate(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] fixed = new byte[COORDINATE_BYTES];
        int count = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - count, fixed, COORDINATE_BYTES - count, count);
        return ENCODER.encodeToString(fixed);
    }

    private Optional<Claims> current(JsonObject body) {
        Instant now = clock.instant();
        Instant expiry = Instant.ofEpochSecond(body.number(0, "exp"));
        if (!body.text("iss").equals(ISSUER)
                || !now.isBefore(expiry)
                || now.isBefore(Instant.ofEpochSecond(body.number(0, "nbf")))) {
            return Optional.empty();
        }
        List<String> audiences = new ArrayList<>();
        body.list("aud")
                .forEach(audience -> {
                    if (audience instanceof JsonString text) {
                        audiences.add(text.value());
                    }
                });
        JsonObject kubernetes = body.object("kubernetes.io");
        String boundKind =
                kubernetes.has("pod")
                        ? "Pod"
                        : kubernetes.has("secret")
                                ? "Secret"
                                : kubernetes.has("node") ? "Node" : "";
        JsonObject bound = kubernetes.object(boundKind.toLowerCase(java.util.Locale.ROOT));
        return Optional.of(
                new Claims(
                        body.text("jti"),
                        kubernetes.text("namespace"),
                        kubernetes.text("serviceaccount", "name"),
                        kubernetes.text("serviceaccount", "uid"),
                        audiences,
                        expiry,
                        boundKind,
                        bound.text("name"),
                        bound.text("uid"),
                        kubernetes.text("node", "name"),
                        kubernetes.text("node", "uid")));
    }

    private byte[] sign(String text) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(signer.key(), random);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot sign with EC keys", e);
        }
    }

    private static String subject(String namespace, String name) {
        return User.serviceAccount(namespace, name).name();
    }

    private static JsonObject reference(String name, String uid) {
        return JsonObject.of("name", Json.of(name), "uid", Json.of(uid));
    }

    private static String part(JsonObject json) {
        return ENCODER.encodeToString(JsonWriter.bytes(json));
    }

    private static String keyId(PublicKey key) {
        try {
            return ENCODER.encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }
}
