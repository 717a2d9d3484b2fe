package io.fairlead.apiserver;

import java.util.Map;
import java.util.Optional;

/// Who is let in besides the holders of the authority's certificates and of service accounts' tokens.
///
/// @param staticTokens bearer tokens with the users they stand for
/// @param oidc the issuer whose tokens are believed
/// @param audit what is told of their requests
public record AccessSettings(
        Map<String, User> staticTokens,
        Optional<OidcSettings> oidc,
        Optional<AuditSettings> audit) {
    /// Nobody else, and nothing told.
    public static final AccessSettings USUAL =
            new AccessSettings(Map.of(), Optional.empty(), Optional.empty());

    public AccessSettings {
        staticTokens = Map.copyOf(staticTokens);
    }
}
