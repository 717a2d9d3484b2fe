package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.random.RandomGenerator;

/// The subresource `token` of service accounts: makes tokens that expire, and that end with the pod or secret they are bound to.
final class TokenRequests {
    private static final long SECONDS_DEFAULT = 3600;
    private static final long SECONDS_MIN = 600;
    private static final long SECONDS_MAX = 1L << 32;

    private final ObjectReader reader;
    private final ServiceAccountTokens tokens;
    private final InstantSource clock;
    private final RandomGenerator random;

    TokenRequests(
            ObjectReader reader,
            ServiceAccountTokens tokens,
            InstantSource clock,
            RandomGenerator random) {
        this.reader = reader;
        this.tokens = tokens;
        this.clock = clock;
        this.random = random;
    }

    Answer issue(Call call, RequestTarget.Resource target, ApiResource resource) {
        WriteOptions.parse(call, "CreateOptions");
        JsonObject request = BodyDecoder.object(call);
        JsonObject account = reader.find(target, resource.type()).tree();
        requireSame(request, target);
        JsonObject spec = request.object("spec");
        List<String> audiences =
                spec.list("audiences").stream()
                        .map(audience -> audience instanceof JsonString text ? text.value() : "")
                        .toList();
        if (audiences.isEmpty()) {
            audiences = List.of(ServiceAccountTokens.ISSUER);
        }
        long seconds = spec.number(SECONDS_DEFAULT, "expirationSeconds");
        check(seconds);
        NodeRestriction.checkToken(call.user(), request, target, reader);
        JsonObject bound = spec.object("boundObjectRef");
        JsonObject object = bound.isEmpty() ? JsonObject.EMPTY : boundObject(bound, account);
        boolean isNode = bound.text("kind").equals("Node");
        String node = isNode ? bound.text("name") : object.text("spec", "nodeName");
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        String token =
                tokens.issue(
                        new ServiceAccountTokens.Claims(
                                ObjectWriter.uid(random),
                                target.namespace(),
                                target.name(),
                                account.text("metadata", "uid"),
                                audiences,
                                now.plusSeconds(seconds),
                                bound.text("kind"),
                                bound.text("name"),
                                object.text("metadata", "uid"),
                                node,
                                node.isEmpty() ? "" : nodeUid(node)),
                        Duration.ofSeconds(seconds));
        JsonObject answer =
                JsonObject.builder()
                        .put("kind", "TokenRequest")
                        .put("apiVersion", "authentication.k8s.io/v1")
                        .put(
                                "metadata",
                                JsonObject.builder()
                                        .put("name", target.name())
                                        .put("namespace", target.namespace())
                                        .put("uid", account.text("metadata", "uid"))
                                        .put("creationTimestamp", now.toString())
                                        .build())
                        .put(
                                "spec",
                                JsonObject.of(
                                        "audiences",
                                        JsonArray.ofStrings(audiences),
                                        "expirationSeconds",
                                        Json.of(seconds),
                                        "boundObjectRef",
                                        bound.isEmpty() ? JsonNull.NULL : bound))
                        .put(
                                "status",
                                JsonObject.of(
                                        "token",
                                        Json.of(token),
                                        "expirationTimestamp",
                                        Json.of(now.plusSeconds(seconds).toString())))
                        .build();
        return Answer.json(201, answer);
    }

    // Tokens are made under the account's own path, so a body that says otherwise is a mistake.
    private static void requireSame(JsonObject request, RequestTarget.Resource target) {
        String name = request.text("metadata", "name");
        String namespace = request.text("metadata", "namespace");
        if (!name.isEmpty() && !name.equals(target.name())) {
            throw new ApiException(
                    Status.badRequest(
                            "name on the request (%s) does not match the name of the service account (%s)"
                                    .formatted(name, target.name())));
        }
        if (!namespace.isEmpty() && !namespace.equals(target.namespace())) {
            throw new ApiException(
                    Status.badRequest(
                            "namespace on the request (%s) does not match the namespace of the service account (%s)"
                                    .formatted(namespace, target.namespace())));
        }
    }

    private static void check(long seconds) {
        String message =
                seconds < SECONDS_MIN
                        ? "may not specify a duration less than 10 minutes"
                        : seconds > SECONDS_MAX
                                ? "may not specify a duration larger than 2^32 seconds"
                                : "";
        if (!message.isEmpty()) {
            throw Invalid.object(
                    new ResourceType(
                            "authentication.k8s.io",
                            "v1",
                            "tokenrequests",
                            "TokenRequest",
                            ResourceType.Scope.NAMESPACED),
                    "",
                    List.of(
                            Invalid.value(
                                    "spec.expirationSeconds", Long.toString(seconds), message)));
        }
    }

    private JsonObject boundObject(JsonObject bound, JsonObject account) {
        ResourceType type =
                switch (bound.text("kind")) {
                    case "Pod" -> ResourceType.POD;
                    case "Secret" -> ResourceType.SECRET;
                    case "Node" -> ResourceType.NODE;
                    default ->
                            throw new ApiException(
                                    Status.badRequest(
                                            "cannot bind token to object of type %s%s, Kind=%s"
                                                    .formatted(
                                                            bound.text("apiVersion").contains("/")
                                                                    ? ""
                                                                    : "/",
                                                            bound.text("apiVersion"),
                                                            bound.text("kind"))));
                };
        String namespace = type.isNamespaced() ? account.text("metadata", "namespace") : "";
        JsonObject object = reader.find(type, new ObjectName(namespace, bound.text("name"))).tree();
        String uid = bound.text("uid");
        if (!uid.isEmpty() && !uid.equals(object.text("metadata", "uid"))) {
            throw new ApiException(
                    Status.about(
                            409,
                            "Conflict",
                            "Operation cannot be fulfilled on %s \"%s\": the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
                                    .formatted(type.plural(), bound.text("name"), uid),
                            type,
                            bound.text("name")));
        }
        String accountName = account.text("metadata", "name");
        if (type.equals(ResourceType.POD)
                && !object.text("spec", "serviceAccountName").equals(accountName)) {
            throw new ApiException(
                    Status.badRequest(
                            "cannot bind token for serviceaccount \"%s\" to pod running with different serviceaccount name."
                                    .formatted(accountName)));
        }
        return object;
    }

    private String nodeUid(String node) {
        try {
            return reader.find(ResourceType.NODE, ObjectName.clusterWide(node))
                    .tree()
                    .text("metadata", "uid");
        } catch (ApiException e) {
            // A pod may be bound to a node that is not there any more.
            return "";
        }
    }
}
