package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/// The first stage: who sends this request. A client certificate, a bearer token, or nobody; then whom they want to act as. Safe for use by many threads.
final class Authentication {
    private static final AttributeKey<Optional<User>> CERTIFICATE_USER =
            AttributeKey.valueOf("fairlead.certificateUser");
    private static final Duration LEEWAY = Duration.ofSeconds(60);
    private static final String BEARER = "bearer ";

    private final CertificateAuthority authority;
    private final ServiceAccountTokens tokens;
    private final Map<String, User> staticTokens;
    private final Optional<OidcIssuer> issuer;
    private final Supplier<Snapshot<StoredObject>> snapshots;
    private final InstantSource clock;
    private final Impersonation impersonation;

    Authentication(
            CertificateAuthority authority,
            ServiceAccountTokens tokens,
            Map<String, User> staticTokens,
            Optional<OidcIssuer> issuer,
            Supplier<Snapshot<StoredObject>> snapshots,
            RoleBasedAuthorizer authorizer,
            InstantSource clock) {
        this.authority = authority;
        this.tokens = tokens;
        this.staticTokens = Map.copyOf(staticTokens);
        this.issuer = issuer;
        this.snapshots = snapshots;
        this.clock = clock;
        this.impersonation = new Impersonation(authorizer);
    }

    /// Whom the sender wants to act as.
    ///
    /// @throws ApiException 400 and 403 for impersonation that is not allowed
    User acting(User sender, WireRequest request) {
        return impersonation.user(sender, request);
    }

    /// The holder of a token; empty when it is not good for `audiences`, where none means the API server's own.
    Optional<User> tokenHolder(String token, Set<String> audiences) {
        User known = staticTokens.get(token);
        if (known != null) {
            return Optional.of(known.authenticated());
        }
        return tokens.read(token)
                .filter(claims -> claims.audiences().stream().anyMatch(audiences::contains))
                .filter(this::isStillBound)
                .map(Authentication::holder)
                .or(() -> issued(token, audiences));
    }

    // Tokens of other issuers are for the API server alone.
    private Optional<User> issued(String token, Set<String> audiences) {
        return audiences.contains(ServiceAccountTokens.ISSUER)
                ? issuer.flatMap(known -> known.holder(token))
                : Optional.empty();
    }

    /// Who sends a request.
    ///
    /// @throws ApiException 401 for credentials that are no good
    User sender(WireRequest request) {
        Optional<User> certified = certified(request);
        if (certified.isPresent()) {
            return certified.get();
        }
        String authorization = request.header("Authorization");
        String token;
        if (authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            token = authorization.substring(BEARER.length()).strip();
        } else {
            token = webSocketToken(request);
        }
        if (token.isEmpty()) {
            return User.ANONYMOUS;
        }
        return tokenHolder(token, Set.of(ServiceAccountTokens.ISSUER))
                .orElseThrow(() ->
                        new ApiException(
                                new Status(401, "Unauthorized", "Unauthorized", JsonObject.EMPTY)));
    }

    // Browsers cannot set headers on WebSockets, so they say the token as a protocol.
    private static String webSocketToken(WireRequest request) {
        String prefix = "base64url.bearer.authorization.k8s.io.";
        for (String protocol : request.header("Sec-WebSocket-Protocol").split(",")) {
            if (protocol.strip().startsWith(prefix)) {
                return new String(
                        java.util.Base64.getUrlDecoder()
                                .decode(protocol.strip().substring(prefix.length())),
                        java.nio.charset.StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private Optional<User> certified(WireRequest request) {
        var attribute = request.connection().attr(CERTIFICATE_USER);
        Optional<User> known = attribute.get();
        if (known == null) {
            known = peer(request).filter(authority::vouchesForClient).map(Authentication::subject);
            attribute.set(known);
        }
        return known;
    }

    private static Optional<X509Certificate> peer(WireRequest request) {
        SslHandler tls = request.connection().pipeline().get(SslHandler.class);
        if (tls == null) {
            return Optional.empty();
        }
        try {
            Certificate[] chain = tls.engine().getSession().getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate
                    ? Optional.of(certificate)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    private static User subject(X509Certificate certificate) {
        String name = "";
        List<String> groups = new ArrayList<>();
        try {
            for (Rdn part :
                    new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    name = String.valueOf(part.getValue());
                } else if (part.getType().equalsIgnoreCase("O")) {
                    groups.add(String.valueOf(part.getValue()));
                }
            }
        } catch (InvalidNameException e) {
            throw new IllegalStateException("a certificate's subject cannot be read", e);
        }
        return new User(name, "", groups, Map.of()).authenticated();
    }

    private static User holder(ServiceAccountTokens.Claims claims) {
        Map<String, List<String>> extra = new HashMap<>();
        extra.put("authentication.kubernetes.io/credential-id", List.of("JTI=" + claims.id()));
        if (claims.boundKind().equals("Pod")) {
            extra.put("authentication.kubernetes.io/pod-name", List.of(claims.boundName()));
            extra.put("authentication.kubernetes.io/pod-uid", List.of(claims.boundUid()));
        }
        if (!claims.nodeName().isEmpty()) {
            extra.put("authentication.kubernetes.io/node-name", List.of(claims.nodeName()));
            extra.put("authentication.kubernetes.io/node-uid", List.of(claims.nodeUid()));
        }
        return new User(
                        User.serviceAccount(claims.namespace(), claims.name()).name(),
                        claims.uid(),
                        User.serviceAccountGroups(claims.namespace()),
                        extra)
                .authenticated();
    }

    private boolean isStillBound(ServiceAccountTokens.Claims claims) {
        Snapshot<StoredObject> now = snapshots.get();
        if (!exists(
                now,
                ResourceType.SERVICE_ACCOUNT,
                claims.namespace(),
                claims.name(),
                claims.uid())) {
            return false;
        }
        return switch (claims.boundKind()) {
            case "Pod" ->
                    exists(
                            now,
                            ResourceType.POD,
                            claims.namespace(),
                            claims.boundName(),
                            claims.boundUid());
            case "Secret" ->
                    exists(
                            now,
                            ResourceType.SECRET,
                            claims.namespace(),
                            claims.boundName(),
                            claims.boundUid());
            case "Node" ->
                    exists(now, ResourceType.NODE, "", claims.boundName(), claims.boundUid());
            default -> true;
        };
    }

    // What is being deleted lends its rights a little longer, so that it can end in order.
    private boolean exists(
            Snapshot<StoredObject> snapshot,
            ResourceType type,
            String namespace,
            String name,
            String uid) {
        Optional<Stored<StoredObject>> found =
                snapshot.get(StorageKeys.key(type, new ObjectName(namespace, name)));
        if (found.isEmpty()) {
            return false;
        }
        GenericObject object = new GenericObject(found.get().value().tree());
        return object.uid().equals(uid)
                && object.deletionTime()
                        .map(time -> clock.instant().isBefore(time.plus(LEEWAY)))
                        .orElse(true);
    }
}
