package io.fairlead.controllers;

import io.fairlead.api.CertificateRequest;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Approves what nodes ask for in their own name, signs what has been approved, and forgets requests that are settled or that nobody settles. Keys are CertificateSigningRequests.
public final class CertificateController implements Controller {
    private static final Duration LIFETIME = Duration.ofDays(365);
    private static final Duration LIFETIME_MIN = Duration.ofMinutes(10);
    private static final Duration SETTLED_KEPT = Duration.ofHours(1);
    private static final Duration PENDING_KEPT = Duration.ofHours(24);

    private final CertificateSigner signer;
    private final InstantSource clock;

    public CertificateController(CertificateSigner signer, InstantSource clock) {
        this.signer = signer;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "certificate-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.CERTIFICATE_REQUEST);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return List.of(new Key(ResourceType.CERTIFICATE_REQUEST, change.name()));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<JsonObject> found = index.find(key);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        JsonObject request = found.get();
        Optional<SignerRules> rules = SignerRules.of(request.text("spec", "signerName"));
        if (rules.isPresent() && isPending(request)) {
            if (rules.get() == SignerRules.NODE_CLIENT
                    && condition(request, "Approved").isEmpty()) {
                return approval(request, rules.get()).orElseGet(() -> forgetting(request, key));
            }
            if (condition(request, "Approved").isPresent()) {
                return signing(request, rules.get());
            }
        }
        return forgetting(request, key);
    }

    private static boolean isPending(JsonObject request) {
        return request.text("status", "certificate").isEmpty()
                && condition(request, "Denied").isEmpty()
                && condition(request, "Failed").isEmpty();
    }

    private static Optional<GenericObject> condition(JsonObject request, String type) {
        return request.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .map(condition -> new GenericObject((JsonObject) condition))
                .findFirst();
    }

    private static Optional<Plan> approval(JsonObject request, SignerRules rules) {
        CertificateRequest wanted = CertificateRequest.of(request);
        String user = request.text("spec", "username");
        if (rules.objection(wanted, usages(request), user).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(
                Plan.of(
                        new Write.Procedure(
                                "approve a node's certificate",
                                client -> {
                                    approve(client, request, wanted.commonName().equals(user));
                                    return Optional.empty();
                                })));
    }

    private static void approve(KubeClient client, JsonObject request, boolean isOwn) {
        String reason = "";
        if (isOwn && mayHave(client, request, "selfnodeclient")) {
            reason = "Auto approving self kubelet client certificate after SubjectAccessReview.";
        } else if (mayHave(client, request, "nodeclient")) {
            reason = "Auto approving kubelet client certificate after SubjectAccessReview.";
        }
        if (!reason.isEmpty()) {
            JsonObject approved =
                    with(
                            request,
                            JsonObject.builder()
                                    .put("type", "Approved")
                                    .put("status", "True")
                                    .put("reason", "AutoApproved")
                                    .put("message", reason)
                                    .build());
            client.transport().send(ApiRequest.put(path(request) + "/approval", approved));
        }
    }

    private static boolean mayHave(KubeClient client, JsonObject request, String sort) {
        JsonObject spec = request.object("spec");
        JsonObject review =
                JsonObject.of(
                        "apiVersion",
                        Json.of("authorization.k8s.io/v1"),
                        "kind",
                        Json.of("SubjectAccessReview"),
                        "spec",
                        JsonObject.builder()
                                .put("user", spec.text("username"))
                                .putUnlessEmpty("uid", spec.text("uid"))
                                .putUnlessEmpty("groups", new JsonArray(spec.list("groups")))
                                .putUnlessEmpty("extra", spec.object("extra"))
                                .put(
                                        "resourceAttributes",
                                        JsonObject.builder()
                                                .put("group", "certificates.k8s.io")
                                                .put("resource", "certificatesigningrequests")
                                                .put("verb", "create")
                                                .put("subresource", sort)
                                                .put("version", "*")
                                                .build())
                                .build());
        return client.transport()
                .send(ApiRequest.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review))
                .flag("status", "allowed");
    }

    private Plan signing(JsonObject request, SignerRules rules) {
        CertificateRequest wanted = CertificateRequest.of(request);
        Set<String> usages = usages(request);
        Optional<String> objection =
                rules.objection(wanted, usages, request.text("spec", "username"));
        JsonObject settled =
                objection.isPresent()
                        ? with(
                                request,
                                JsonObject.builder()
                                        .put("type", "Failed")
                                        .put("status", "True")
                                        .put("reason", "SignerValidationFailure")
                                        .put("message", objection.get())
                                        .build())
                        : request.withAt(
                                Json.of(base64(signer.sign(wanted, usages, lifetime(request)))),
                                "status",
                                "certificate");
        return Plan.of(
                new Write.Procedure(
                        "settle a request for a certificate",
                        client -> {
                            client.updateStatus(ResourceType.CERTIFICATE_REQUEST, settled);
                            return Optional.empty();
                        }));
    }

    private static Duration lifetime(JsonObject request) {
        if (!request.has("spec", "expirationSeconds")) {
            return LIFETIME;
        }
        Duration asked = Duration.ofSeconds(request.number(0, "spec", "expirationSeconds"));
        if (asked.compareTo(LIFETIME_MIN) < 0) {
            return LIFETIME_MIN;
        }
        return asked.compareTo(LIFETIME) > 0 ? LIFETIME : asked;
    }

    private Plan forgetting(JsonObject request, Key key) {
        Instant now = clock.instant();
        Instant due = due(request);
        return due.isAfter(now)
                ? Plan.NOTHING.again(Duration.between(now, due).plusMillis(1))
                : Plan.of(
                        Write.delete(
                                ResourceType.CERTIFICATE_REQUEST,
                                key.name(),
                                request.text("metadata", "uid")));
    }

    /// When a request may go. What was settled goes before what waits, and a certificate's request when the certificate ends.
    private static Instant due(JsonObject request) {
        GenericObject view = new GenericObject(request);
        Instant made = view.creationTime().orElse(Instant.EPOCH);
        String certificate = request.text("status", "certificate");
        Instant ends = certificate.isEmpty() ? Instant.MAX : end(certificate).orElse(Instant.MAX);
        Instant due = made.plus(PENDING_KEPT);
        for (String type : List.of("Denied", "Failed", "Approved")) {
            Optional<GenericObject> settled = condition(request, type);
            boolean counts = !type.equals("Approved") || !certificate.isEmpty();
            if (settled.isPresent() && counts) {
                due = settled.get().time("lastUpdateTime").orElse(made).plus(SETTLED_KEPT);
                break;
            }
        }
        return ends.isBefore(due) ? ends : due;
    }

    private static Optional<Instant> end(String certificate) {
        try {
            X509Certificate read =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509")
                                    .generateCertificate(
                                            new ByteArrayInputStream(
                                                    Base64.getDecoder().decode(certificate)));
            return Optional.of(read.getNotAfter().toInstant());
        } catch (CertificateException | IllegalArgumentException e) {
            // Another signer's certificates may have another form; such a request goes by age.
            return Optional.empty();
        }
    }

    private static Set<String> usages(JsonObject request) {
        Set<String> usages = new LinkedHashSet<>();
        request.list("spec", "usages").forEach(usage -> usages.add(usage.text()));
        return usages;
    }

    private static JsonObject with(JsonObject request, JsonObject condition) {
        JsonArray conditions = new JsonArray(request.list("status", "conditions"));
        return request.withAt(conditions.plus(condition), "status", "conditions");
    }

    private static String path(JsonObject request) {
        return ResourceType.CERTIFICATE_REQUEST.path(new GenericObject(request).objectName());
    }

    private static String base64(String pem) {
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
