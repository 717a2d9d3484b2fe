package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Map;

/// A public key as identity providers publish it (RFC 7517, RFC 7518, 6).
///
/// @param id what tokens call it; may be empty
record JsonWebKey(String id, PublicKey key) {
    private static final Map<String, String> CURVES =
            Map.of("P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");

    /// @throws IllegalArgumentException for keys that nobody can verify with
    static JsonWebKey of(JsonObject tree) {
        try {
            PublicKey key =
                    switch (tree.text("kty")) {
                        case "RSA" ->
                                KeyFactory.getInstance("RSA")
                                        .generatePublic(
                                                new RSAPublicKeySpec(
                                                        number(tree, "n"), number(tree, "e")));
                        case "EC" -> onCurve(tree);
                        default ->
                                throw new IllegalArgumentException(
                                        "unknown type of key: " + tree.text("kty"));
                    };
            return new JsonWebKey(tree.text("kid"), key);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("not a usable key: " + e.getMessage(), e);
        }
    }

    private static PublicKey onCurve(JsonObject tree) throws GeneralSecurityException {
        String curve = CURVES.get(tree.text("crv"));
        if (curve == null) {
            throw new IllegalArgumentException("unknown curve: " + tree.text("crv"));
        }
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(curve));
        return KeyFactory.getInstance("EC")
                .generatePublic(
                        new ECPublicKeySpec(
                                new ECPoint(number(tree, "x"), number(tree, "y")),
                                parameters.getParameterSpec(ECParameterSpec.class)));
    }

    private static BigInteger number(JsonObject tree, String name) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(tree.text(name)));
    }
}
