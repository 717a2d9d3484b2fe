package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A request for a certificate says for ever who made it and what he asked for; of its status, each way in changes its own part.
final class CertificateRequestStrategy implements Strategy {
    private static final Set<String> JUDGEMENTS = Set.of("Approved", "Denied");

    @Override
    public JsonObject onCreate(JsonObject request, Write write) {
        JsonObject.Builder spec = JsonObject.builder();
        request.object("spec")
                .without("username")
                .without("uid")
                .without("groups")
                .without("extra")
                .forEach(spec::put);
        Reviews.userTree(write.user()).forEach(spec::put);
        return request.with("spec", spec.build()).with("status", JsonObject.EMPTY);
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        JsonObject wanted = after.object("status");
        JsonObject present = before.object("status");
        JsonObject status =
                switch (write.part()) {
                    case STATUS ->
                            wanted.with(
                                    "conditions",
                                    new JsonArray(
                                            merged(
                                                    present.list("conditions"),
                                                    wanted.list("conditions"))));
                    case APPROVAL ->
                            present.with("conditions", new JsonArray(wanted.list("conditions")));
                    default -> present;
                };
        List<Json> conditions =
                status.list("conditions").stream()
                        .<Json>map(condition -> dated((JsonObject) condition, present, write))
                        .toList();
        JsonObject dated =
                conditions.isEmpty()
                        ? status.without("conditions")
                        : status.with("conditions", new JsonArray(conditions));
        return after.with("spec", before.object("spec")).with("status", dated);
    }

    // Who signs cannot judge: what was said stays as it was said. More or fewer judgements are
    // refused later.
    private static List<Json> merged(List<Json> present, List<Json> wanted) {
        List<Json> all = new ArrayList<>();
        for (Json condition : wanted) {
            String type = condition.text("type");
            all.add(
                    JUDGEMENTS.contains(type)
                            ? present.stream()
                                    .filter(other -> other.text("type").equals(type))
                                    .findFirst()
                                    .orElse(condition)
                            : condition);
        }
        return all;
    }

    private static JsonObject dated(JsonObject condition, JsonObject present, Write write) {
        Optional<Json> before =
                present.list("conditions").stream()
                        .filter(other -> other.text("type").equals(condition.text("type")))
                        .findFirst();
        JsonObject dated = condition;
        if (!dated.has("lastUpdateTime")) {
            dated = dated.with("lastUpdateTime", ObjectWriter.seconds(write));
        }
        if (!dated.has("lastTransitionTime")) {
            boolean isSame =
                    before.isPresent()
                            && before.get().text("status").equals(condition.text("status"))
                            && before.get().has("lastTransitionTime");
            dated =
                    dated.with(
                            "lastTransitionTime",
                            isSame
                                    ? before.get().text("lastTransitionTime")
                                    : ObjectWriter.seconds(write));
        }
        return dated;
    }
}
