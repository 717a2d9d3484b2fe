package io.fairlead.apiserver;

import java.net.URI;
import java.util.List;
import java.util.Map;

/// Whose tokens are believed, and how users and groups are read from them.
///
/// @param issuer an HTTPS URL, as tokens spell it
/// @param clientId the audience that tokens must be for
/// @param usernamePrefix comes before every name; empty for none
/// @param groupsClaim empty when groups are not taken from tokens
/// @param requiredClaims what else tokens must say
/// @param authorityPem whom the issuer's certificate must come from; empty for whom this machine trusts
/// @param algorithms with which tokens may be signed, such as `RS256`
public record OidcSettings(
        URI issuer,
        String clientId,
        String usernameClaim,
        String usernamePrefix,
        String groupsClaim,
        String groupsPrefix,
        Map<String, String> requiredClaims,
        String authorityPem,
        List<String> algorithms) {
    /// @throws IllegalArgumentException with a sentence that names the flag
    public OidcSettings {
        requiredClaims = Map.copyOf(requiredClaims);
        algorithms = algorithms.isEmpty() ? List.of("RS256") : List.copyOf(algorithms);
        if (!"https".equals(issuer.getScheme())) {
            throw new IllegalArgumentException(
                    "--oidc-issuer-url %s is no https:// URL".formatted(issuer));
        }
        if (clientId.isEmpty()) {
            throw new IllegalArgumentException("--oidc-client-id is needed with --oidc-issuer-url");
        }
        for (String algorithm : algorithms) {
            if (!JsonWebToken.isKnown(algorithm)) {
                throw new IllegalArgumentException(
                        "--oidc-signing-algs %s is not one of RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512"
                                .formatted(algorithm));
            }
        }
    }

    /// The prefix that names get when nobody says one: names of other claims than `email` are only unique with their issuer.
    ///
    /// @param given what was asked for; `-` for none
    public static String prefix(String given, String usernameClaim, URI issuer) {
        if (given.equals("-")) {
            return "";
        }
        return given.isEmpty() && !usernameClaim.equals("email") ? issuer + "#" : given;
    }
}
