package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomDefinition;
import io.fairlead.api.DecodingException;
import io.fairlead.api.Defaults;
import io.fairlead.api.FieldError;
import io.fairlead.api.FieldSelector;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ManagedFields;
import io.fairlead.api.ObjectDecoder;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ServerSideApply;
import io.fairlead.api.Validation;
import io.fairlead.expressions.SchemaExpressions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// What is known about kinds, in the words of the request path: the one place where it meets the schema's facts, defaults and validation.
final class ObjectRules {
    /// Which objects a list or watch is about.
    Predicate<JsonObject> selector(Call call, ApiResource resource) {
        LabelSelector labels = LabelSelector.parse(call.parameter("labelSelector"));
        FieldSelector fields = FieldSelector.parse(call.parameter("fieldSelector"), resource);
        Predicate<JsonObject> selector = object -> true;
        if (!labels.isEverything()) {
            selector = labels::matches;
        }
        return fields.isEverything()
                ? selector
                : selector.and(object -> fields.matches(Conversions.fromStored(resource, object)));
    }

    /// A body as the object it stands for.
    JsonObject decoded(ApiResource resource, JsonObject body, WriteOptions options, Call call) {
        List<String> problems = new ArrayList<>();
        String mediaType = BodyDecoder.mediaType(call);
        boolean isJson =
                mediaType.endsWith("json") || mediaType.isEmpty() || mediaType.equals("*/*");
        if (call.body() instanceof Call.Body.Bytes bytes
                && isJson
                && !call.method().equals("PATCH")) {
            JsonReader.read(
                    bytes.bytes(), path -> problems.add("duplicate field \"" + path + "\""));
        }
        int repeated = problems.size();
        JsonObject tree;
        try {
            if (resource.custom().isPresent()) {
                tree = resource.custom().get().schema().pruned(body, problems);
            } else {
                ObjectDecoder.Decoded decoded = ObjectDecoder.decode(body, resource.schema());
                problems.addAll(decoded.problems());
                tree = decoded.tree();
                if (repeated > 0
                        && problems.size() > repeated
                        && call.body() instanceof Call.Body.Bytes bytes) {
                    sort(problems, JsonReader.memberPaths(bytes.bytes()));
                }
            }
        } catch (DecodingException e) {
            throw new ApiException(
                    ObjectDecoder.cannotHandle(resource.type(), String.valueOf(e.getMessage())));
        }
        if (!problems.isEmpty()) {
            switch (options.validation()) {
                case STRICT ->
                        throw new ApiException(
                                ObjectDecoder.strictDecodingError(resource.type(), problems));
                case WARN -> problems.forEach(call::warn);
                case IGNORE -> {}
            }
        }
        return tree;
    }

    /// Brings what is wrong into the order in which a decoder comes across it.
    private static void sort(List<String> problems, List<String> paths) {
        Map<String, Integer> places = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < paths.size(); i++) {
            String path = paths.get(i);
            String what = seen.add(path) ? "unknown" : "duplicate";
            places.putIfAbsent("%s field \"%s\"".formatted(what, path), i);
        }
        problems.sort(
                Comparator.comparingInt(
                        problem -> places.getOrDefault(problem, Integer.MAX_VALUE)));
    }

    /// An object that somebody made from that of a request, in the form of its kind and with its defaults.
    ///
    /// @throws DecodingException when it does not fit
    JsonObject normalized(AdmissionRequest request, JsonObject object) {
        ApiResource resource = request.resource();
        boolean isWhole = request.kindOfObject().equals(resource.type());
        if (!isWhole) {
            return ObjectDecoder.decode(object, request.schemaOfObject()).tree();
        }
        JsonObject decoded =
                resource.custom().isPresent()
                        ? resource.custom().get().schema().pruned(object, new ArrayList<>())
                        : ObjectDecoder.decode(object, resource.schema()).tree();
        return withDefaults(resource, decoded);
    }

    JsonObject withDefaults(ApiResource resource, JsonObject object) {
        return Defaults.apply(object, resource);
    }

    /// @throws ApiException 422
    void validateNew(ApiResource resource, JsonObject object) {
        List<FieldError> errors = Validation.ofNew(object, resource);
        Validation.require(errors, object, resource.type());
        Validation.require(
                expressions(resource, Optional.empty(), object), object, resource.type());
    }

    /// @throws ApiException 422
    void validateChanged(ApiResource resource, Write write, JsonObject before, JsonObject after) {
        List<FieldError> errors =
                resource.type().equals(ResourceType.CERTIFICATE_REQUEST)
                        ? Validation.ofCertificate(before, after, write.subresource())
                        : switch (write.part()) {
                            case MAIN, SCALE -> Validation.ofUpdate(before, after, resource);
                            case STATUS, INTERNAL, APPROVAL ->
                                    Validation.ofStatus(before, after, resource);
                        };
        Validation.require(errors, after, resource.type());
        boolean isSame =
                before.object("spec").equals(after.object("spec"))
                        && before.list("webhooks").equals(after.list("webhooks"));
        if (!isSame) {
            Validation.require(
                    expressions(resource, Optional.of(before), after), after, resource.type());
        }
    }

    /// What is wrong with the expressions that an object brings for others.
    private static List<FieldError> expressions(
            ApiResource resource, Optional<JsonObject> before, JsonObject object) {
        if (resource.type().group().equals(ValidatingPolicies.TYPE.group())) {
            return PolicyProblems.of(resource.type(), before, object);
        }
        if (!resource.type().equals(CustomDefinition.TYPE)) {
            return List.of();
        }
        List<JsonObject> versions = new CustomDefinition(object).versions();
        boolean isShared =
                versions.stream().map(version -> version.object("schema")).distinct().count() == 1;
        List<FieldError> problems = new ArrayList<>();
        for (int i = 0; i < (isShared ? 1 : versions.size()); i++) {
            String at = isShared ? "spec.validation" : "spec.versions[" + i + "].schema";
            problems.addAll(
                    SchemaExpressions.problems(
                            versions.get(i).object("schema", "openAPIV3Schema"),
                            at + ".openAPIV3Schema"));
        }
        return problems;
    }

    /// The present object, empty when there is none, with what the apply of `write` wants, and with its new owners.
    ///
    /// @throws ApiException 409 naming the managers whose fields would change
    JsonObject applied(ApiResource resource, JsonObject present, Write write) {
        Write.Applied applied = write.applied().orElseThrow();
        return ServerSideApply.apply(
                present,
                applied.wanted(),
                resource.schema(),
                writer(resource, write, ManagedFields.Operation.APPLY),
                applied.isForced()
                        ? ServerSideApply.OnConflict.FORCE
                        : ServerSideApply.OnConflict.REFUSE,
                ManagedFields.untouchable(resource, write.subresource()),
                write.now());
    }

    /// The object with its owners after a write that is no apply.
    JsonObject withOwners(Optional<JsonObject> before, JsonObject after, Write write) {
        if (write.applied().isPresent() || write.part() == Write.Part.INTERNAL) {
            return after;
        }
        return ManagedFields.afterUpdate(
                before.orElse(JsonObject.EMPTY),
                after,
                write.resource().schema(),
                writer(write.resource(), write, ManagedFields.Operation.UPDATE),
                ManagedFields.untouchable(write.resource(), write.subresource()),
                write.now());
    }

    private static ManagedFields.Writer writer(
            ApiResource resource, Write write, ManagedFields.Operation operation) {
        return new ManagedFields.Writer(
                write.manager(), operation, resource.type().apiVersion(), write.subresource());
    }
}
