package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.Status;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Questions about who somebody is and what they may do. They are posted like objects, but nothing is stored. Safe for use by many threads.
final class Reviews {
    private static final String AUTHENTICATION = "authentication.k8s.io";
    private static final String AUTHORIZATION = "authorization.k8s.io";

    private final Authentication authentication;
    private final RoleBasedAuthorizer authorizer;
    private final ObjectRules rules;
    private final InstantSource clock;

    Reviews(
            Authentication authentication,
            RoleBasedAuthorizer authorizer,
            ObjectRules rules,
            InstantSource clock) {
        this.authentication = authentication;
        this.authorizer = authorizer;
        this.rules = rules;
        this.clock = clock;
    }

    boolean handles(RequestTarget.Resource target) {
        return target.group().equals(AUTHENTICATION) || target.group().equals(AUTHORIZATION);
    }

    Answer answer(Call call, String verb, RequestTarget.Resource target, ApiResource resource) {
        if (!verb.equals("create") || !target.name().isEmpty()) {
            throw new ApiException(ResourceEndpoint.methodNotAllowed());
        }
        Views.negotiate(call);
        Views.requirePlain(call);
        WriteOptions options = WriteOptions.parse(call, "CreateOptions");
        JsonObject body = BodyDecoder.object(call);
        JsonObject review =
                rules.decoded(
                        resource,
                        body.with("kind", resource.type().kind())
                                .with("apiVersion", resource.type().apiVersion()),
                        options,
                        call);
        if (!review.has("metadata")) {
            review = review.with("metadata", JsonObject.EMPTY);
        }
        JsonObject answered =
                switch (resource.type().plural()) {
                    case "tokenreviews" -> token(review);
                    case "selfsubjectreviews" -> self(call.user(), review);
                    case "subjectaccessreviews", "localsubjectaccessreviews" ->
                            access(subject(review), review);
                    case "selfsubjectaccessreviews" -> access(call.user(), review);
                    case "selfsubjectrulesreviews" -> rules(call.user(), review);
                    default -> throw new ApiException(RequestPipeline.notServed());
                };
        return Answer.json(201, answered);
    }

    static JsonObject userTree(User user) {
        JsonObject.Builder extra = JsonObject.builder();
        user.extra().forEach((name, values) -> extra.put(name, JsonArray.ofStrings(values)));
        return JsonObject.builder()
                .putUnlessEmpty("username", user.name())
                .putUnlessEmpty("uid", user.uid())
                .putUnlessEmpty("groups", JsonArray.ofStrings(user.groups()))
                .putUnlessEmpty("extra", extra.build())
                .build();
    }

    private JsonObject token(JsonObject review) {
        String token = review.text("spec", "token");
        if (token.isEmpty()) {
            throw new ApiException(
                    Status.badRequest("token is required for TokenReview in authentication"));
        }
        List<String> asked = texts(review, "spec", "audiences");
        Set<String> audiences =
                asked.isEmpty() ? Set.of(ServiceAccountTokens.ISSUER) : new LinkedHashSet<>(asked);
        Optional<User> holder = authentication.tokenHolder(token, audiences);
        JsonObject status =
                holder.isEmpty()
                        ? JsonObject.of(
                                "user", JsonObject.EMPTY, "error", Json.of("invalid bearer token"))
                        : JsonObject.of(
                                "authenticated",
                                Json.of(true),
                                "user",
                                userTree(holder.get()),
                                "audiences",
                                JsonArray.ofStrings(audiences));
        return review.with("status", status);
    }

    private JsonObject self(User user, JsonObject review) {
        return review.with(
                        "metadata",
                        JsonObject.of(
                                "creationTimestamp",
                                Json.of(
                                        clock.instant()
                                                .truncatedTo(ChronoUnit.SECONDS)
                                                .toString())))
                .with("status", JsonObject.of("userInfo", userTree(user)));
    }

    private static User subject(JsonObject review) {
        JsonObject spec = review.object("spec");
        List<String> groups = texts(spec, "groups");
        if (spec.text("user").isEmpty() && groups.isEmpty()) {
            throw refuse("spec.user", "\"\"", "at least one of user or group must be specified");
        }
        Map<String, List<String>> extra = new HashMap<>();
        spec.object("extra").forEach((name, values) -> extra.put(name, texts(spec, "extra", name)));
        return new User(spec.text("user"), spec.text("uid"), groups, extra);
    }

    private JsonObject access(User user, JsonObject review) {
        JsonObject spec = review.object("spec");
        boolean asksForResource = spec.has("resourceAttributes");
        if (asksForResource == spec.has("nonResourceAttributes")) {
            throw refuse(
                    "spec.resourceAttributes",
                    "null",
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }
        RoleBasedAuthorizer.Decision decision = authorizer.decide(request(user, spec));
        return review.with(
                "status",
                JsonObject.builder()
                        .put("allowed", decision.isAllowed())
                        .putUnlessEmpty("reason", decision.reason())
                        .build());
    }

    private static AccessRequest request(User user, JsonObject spec) {
        if (spec.has("nonResourceAttributes")) {
            JsonObject asked = spec.object("nonResourceAttributes");
            return new AccessRequest.ToPath(user, asked.text("verb"), asked.text("path"));
        }
        JsonObject asked = spec.object("resourceAttributes");
        String subresource = asked.text("subresource");
        return new AccessRequest.ToResource(
                user,
                asked.text("verb"),
                asked.text("group"),
                asked.text("version"),
                subresource.isEmpty()
                        ? asked.text("resource")
                        : asked.text("resource") + "/" + subresource,
                asked.text("namespace"),
                asked.text("name"));
    }

    private JsonObject rules(User user, JsonObject review) {
        String namespace = review.text("spec", "namespace");
        if (namespace.isEmpty()) {
            throw new ApiException(Status.badRequest("no namespace on request"));
        }
        List<Json> resources = new ArrayList<>();
        List<Json> paths = new ArrayList<>();
        for (PolicyRule rule : authorizer.rules(user, namespace)) {
            if (!rule.resources().isEmpty()) {
                resources.add(rule.resourceTree());
            }
            if (!rule.paths().isEmpty()) {
                paths.add(rule.pathTree());
            }
        }
        return review.with("spec", JsonObject.EMPTY)
                .with(
                        "status",
                        JsonObject.of(
                                "resourceRules",
                                new JsonArray(resources),
                                "nonResourceRules",
                                new JsonArray(paths),
                                "incomplete",
                                Json.of(false)));
    }

    private static ApiException refuse(String field, String value, String message) {
        JsonObject cause = Invalid.value(field, value, message);
        return new ApiException(
                new Status(
                                422,
                                "Invalid",
                                ".authorization.k8s.io \"\" is invalid: %s: %s"
                                        .formatted(field, cause.text("message")),
                                JsonObject.of("group", Json.of(AUTHORIZATION)))
                        .withCauses(List.of(cause)));
    }

    private static List<String> texts(JsonObject tree, String... path) {
        return tree.list(path).stream()
                .filter(JsonString.class::isInstance)
                .map(text -> ((JsonString) text).value())
                .toList();
    }
}
