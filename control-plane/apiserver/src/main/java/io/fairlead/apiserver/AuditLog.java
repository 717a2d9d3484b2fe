package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.fairlead.apiserver.AuditPolicy.Level;
import io.fairlead.apiserver.AuditPolicy.Rule;
import io.fairlead.apiserver.AuditPolicy.Stage;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Tells of requests, as the policy wants it: one line of JSON for each stage of each (`audit.k8s.io/v1`). Safe for use by many threads.
final class AuditLog implements AutoCloseable {
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final AuditPolicy policy;
    private final AuditFile file;
    private final InstantSource clock;
    private final RandomGenerator random;

    AuditLog(AuditSettings settings, InstantSource clock, RandomGenerator random) {
        this.random = random;
        this.policy = settings.policy();
        this.file = new AuditFile(settings, clock);
        this.clock = clock;
    }

    /// Begins to tell of a request; empty when nothing is to be told of it.
    Optional<Trail> begin(Call call, AccessRequest access) {
        Rule rule = policy.of(access);
        if (rule.level() == Level.NONE) {
            return Optional.empty();
        }
        Trail trail = new Trail(rule, call, access);
        trail.tell(Stage.REQUEST_RECEIVED, trail.head);
        return Optional.of(trail);
    }

    @Override
    public void close() {
        file.close();
    }

    /// What is told of one request. Owned by one thread at a time.
    final class Trail {
        private final Rule rule;
        private final Call call;
        private final AccessRequest access;
        private final Instant received = clock.instant();
        private final String id;
        private final JsonObject head;
        private JsonObject annotations = JsonObject.EMPTY;

        private Trail(Rule rule, Call call, AccessRequest access) {
            this.rule = rule;
            this.call = call;
            this.access = access;
            String given = call.origin().id();
            this.id = given.isEmpty() ? ObjectWriter.uid(random) : given;
            this.head = head(JsonObject.EMPTY);
        }

        /// Whether the request was allowed, and why.
        void decided(RoleBasedAuthorizer.Decision decision) {
            annotations =
                    JsonObject.of(
                            "authorization.k8s.io/decision",
                            Json.of(decision.isAllowed() ? "allow" : "forbid"),
                            "authorization.k8s.io/reason",
                            Json.of(decision.reason()));
        }

        void answered(Answer answer) {
            if (answer instanceof Answer.Events events) {
                JsonObject event = withRequest(head).with("responseStatus", success(200));
                tell(Stage.RESPONSE_STARTED, event);
                events.stream().onClose(() -> tell(Stage.RESPONSE_COMPLETE, event));
                return;
            }
            JsonObject shown =
                    switch (answer) {
                        case Answer.Single single -> single.object().tree();
                        case Answer.Collection list -> ListEncoding.tree(list);
                        case Answer.Tree tree ->
                                tree.json() instanceof JsonObject object
                                        ? object
                                        : JsonObject.EMPTY;
                        default -> JsonObject.EMPTY;
                    };
            JsonObject event =
                    withRequest(head(answer instanceof Answer.Single ? shown : JsonObject.EMPTY))
                            .with("responseStatus", success(answer.code()));
            if (rule.level() == Level.REQUEST_RESPONSE && !shown.isEmpty()) {
                event = event.with("responseObject", shortened(shown));
            }
            tell(Stage.RESPONSE_COMPLETE, event);
        }

        void refused(Status status) {
            JsonObject tree = status.tree();
            JsonObject event =
                    withRequest(head)
                            .with("responseStatus", tree.without("kind").without("apiVersion"));
            if (rule.level() == Level.REQUEST_RESPONSE) {
                event = event.with("responseObject", tree);
            }
            tell(Stage.RESPONSE_COMPLETE, event);
        }

        /// Nobody knows who sent the request.
        void unknown(Status status) {
            tell(
                    Stage.RESPONSE_STARTED,
                    head.with(
                            "responseStatus", status.tree().without("kind").without("apiVersion")));
        }

        void broken(RuntimeException cause) {
            tell(
                    Stage.PANIC,
                    head.with(
                            "responseStatus",
                            new Status(
                                            500,
                                            "InternalError",
                                            "APIServer panic'd: " + cause,
                                            JsonObject.EMPTY)
                                    .tree()
                                    .without("kind")
                                    .without("apiVersion")));
        }

        private void tell(Stage stage, JsonObject event) {
            if (rule.omitted().contains(stage)) {
                return;
            }
            JsonObject told =
                    event.with("stage", stage.word())
                            .with("stageTimestamp", MICROS.format(clock.instant()));
            JsonObject all = annotations;
            for (Map.Entry<String, String> noted : call.annotations().entrySet()) {
                all = all.with(noted.getKey(), noted.getValue());
            }
            byte[] line = JsonWriter.bytes(all.isEmpty() ? told : told.with("annotations", all));
            byte[] whole = Arrays.copyOf(line, line.length + 1);
            whole[line.length] = '\n';
            file.write(whole);
        }

        private JsonObject withRequest(JsonObject event) {
            if (rule.level().compareTo(Level.REQUEST) < 0 || call.body().isEmpty()) {
                return event;
            }
            try {
                return event.with("requestObject", shortened(BodyDecoder.json(call)));
            } catch (ApiException | JsonSyntaxException e) {
                // It was refused for that, and the answer says so.
                return event;
            }
        }

        private Json shortened(Json json) {
            if (!rule.isWithoutManagedFields() || !(json instanceof JsonObject object)) {
                return json;
            }
            JsonObject plain = object.withoutAt("metadata", "managedFields");
            return plain.contains("items")
                    ? plain.with("items", JsonArray.from(plain.list("items"), this::shortened))
                    : plain;
        }

        private JsonObject head(JsonObject object) {
            Origin origin = call.origin();
            JsonObject.Builder event =
                    JsonObject.builder()
                            .put("kind", "Event")
                            .put("apiVersion", "audit.k8s.io/v1")
                            .put("level", rule.level().word())
                            .put("auditID", id)
                            .put("stage", "")
                            .put("requestURI", origin.uri())
                            .put("verb", access.verb())
                            .put("user", Reviews.userTree(origin.sender()));
            if (!origin.sender().equals(call.user())) {
                event.put("impersonatedUser", Reviews.userTree(call.user()));
            }
            event.putUnlessEmpty("sourceIPs", JsonArray.ofStrings(origin.addresses()))
                    .putUnlessEmpty("userAgent", origin.userAgent())
                    .putUnlessEmpty("objectRef", reference(object));
            return event.put("requestReceivedTimestamp", MICROS.format(received)).build();
        }

        private JsonObject reference(JsonObject object) {
            if (!(access instanceof AccessRequest.ToResource to)) {
                return JsonObject.EMPTY;
            }
            JsonObject metadata = object.object("metadata");
            int slash = to.resource().indexOf('/');
            return JsonObject.builder()
                    .put("resource", to.plural())
                    .putUnlessEmpty("namespace", to.namespace())
                    .putUnlessEmpty("name", to.name().isEmpty() ? metadata.text("name") : to.name())
                    .putUnlessEmpty("uid", metadata.text("uid"))
                    .putUnlessEmpty("apiGroup", to.group())
                    .putUnlessEmpty("apiVersion", to.version())
                    .putUnlessEmpty("resourceVersion", metadata.text("resourceVersion"))
                    .putUnlessEmpty(
                            "subresource", slash < 0 ? "" : to.resource().substring(slash + 1))
                    .build();
        }

        private static JsonObject success(int code) {
            return JsonObject.of("metadata", JsonObject.EMPTY, "code", Json.of(code));
        }
    }
}
