package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// A signed JSON web token (RFC 7515, RFC 7519). What it says means nothing until [#isSignedBy].
@SuppressWarnings("ArrayRecordComponent")
record JsonWebToken(JsonObject header, JsonObject claims, String signed, byte[] signature) {
    // The JDK's names; ECDSA in the fixed-length form of RFC 7518.
    private static final Map<String, String> ALGORITHMS =
            Map.of(
                    "RS256", "SHA256withRSA",
                    "RS384", "SHA384withRSA",
                    "RS512", "SHA512withRSA",
                    "PS256", "RSASSA-PSS",
                    "PS384", "RSASSA-PSS",
                    "PS512", "RSASSA-PSS",
                    "ES256", "SHA256withECDSAinP1363Format",
                    "ES384", "SHA384withECDSAinP1363Format",
                    "ES512", "SHA512withECDSAinP1363Format");

    /// Empty for anything that is no signed token.
    static Optional<JsonWebToken> parse(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            Base64.Decoder decoder = Base64.getUrlDecoder();
            return Optional.of(
                    new JsonWebToken(
                            JsonReader.readObject(decoder.decode(parts[0])),
                            JsonReader.readObject(decoder.decode(parts[1])),
                            parts[0] + "." + parts[1],
                            decoder.decode(parts[2])));
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            return Optional.empty();
        }
    }

    static boolean isKnown(String algorithm) {
        return ALGORITHMS.containsKey(algorithm);
    }

    String algorithm() {
        return header.text("alg");
    }

    /// Whether this key made the signature, with the algorithm that the token names.
    boolean isSignedBy(PublicKey key) {
        String name = ALGORITHMS.get(algorithm());
        boolean fits =
                name != null
                        && key.getAlgorithm().equals(algorithm().startsWith("ES") ? "EC" : "RSA");
        if (!fits) {
            return false;
        }
        try {
            Signature check = Signature.getInstance(name);
            if (algorithm().startsWith("PS")) {
                int bits = Integer.parseInt(algorithm().substring(2));
                String hash = "SHA-" + bits;
                check.setParameter(
                        new PSSParameterSpec(
                                hash, "MGF1", new MGF1ParameterSpec(hash), bits / 8, 1));
            }
            check.initVerify(key);
            check.update(signed.getBytes(StandardCharsets.US_ASCII));
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
