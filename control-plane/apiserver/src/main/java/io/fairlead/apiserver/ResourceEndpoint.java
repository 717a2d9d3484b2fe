package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomDefinition;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.api.YamlReader;
import io.fairlead.store.Stored;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// Serves the objects of any kind: the verbs of REST on collections, objects and their status. Safe for use by many threads.
final class ResourceEndpoint {
    private final Supplier<ApiCatalog> catalog;
    private final ObjectStore store;
    private final ObjectRules rules;
    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final Deletion deletion;
    private final Views views;
    private final InstantSource clock;

    ResourceEndpoint(
            Supplier<ApiCatalog> catalog,
            ObjectStore store,
            ObjectRules rules,
            ObjectReader reader,
            ObjectWriter writer,
            Deletion deletion,
            Views views,
            InstantSource clock) {
        this.catalog = catalog;
        this.store = store;
        this.rules = rules;
        this.reader = reader;
        this.writer = writer;
        this.deletion = deletion;
        this.views = views;
        this.clock = clock;
    }

    Answer answer(Call call, String verb, RequestTarget.Resource target, ApiResource resource) {
        Views.negotiate(call);
        return switch (verb) {
            case "get" -> reader.get(call, target, resource);
            case "list" -> reader.list(call, target, resource);
            case "watch" -> reader.watch(call, target, resource);
            case "create" -> create(call, target, resource);
            case "update" -> update(call, target, resource, Write.Part.MAIN);
            case "patch" -> patch(call, target, resource, Write.Part.MAIN);
            case "delete" -> delete(call, target, resource);
            case "deletecollection" -> deleteCollection(call, target, resource);
            default -> throw new ApiException(methodNotAllowed());
        };
    }

    /// The whole object, of which one part may change this way.
    Answer part(
            Call call,
            String verb,
            RequestTarget.Resource target,
            ApiResource resource,
            Write.Part part) {
        Views.negotiate(call);
        return switch (verb) {
            case "get" -> reader.get(call, target, resource);
            case "update" -> update(call, target, resource, part);
            case "patch" -> patch(call, target, resource, part);
            default -> throw new ApiException(methodNotAllowed());
        };
    }

    static Status methodNotAllowed() {
        return new Status(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                JsonObject.EMPTY);
    }

    Write write(Call call, ApiResource resource, Write.Part part, WriteOptions options) {
        return new Write(
                call.user(),
                Conversions.stored(resource, catalog.get()),
                part,
                store.snapshot(),
                clock.instant(),
                options.manager(),
                options.isDryRun(),
                call.warnings(),
                call.annotations(),
                Optional.empty());
    }

    /// Changes an object in the server's own name.
    ReadObject internal(ResourceType type, ObjectName name, UnaryOperator<JsonObject> change) {
        ApiResource resource = catalog.get().of(type).orElseThrow();
        Write write =
                new Write(
                        User.of("system:apiserver", User.MASTERS),
                        resource,
                        Write.Part.INTERNAL,
                        store.snapshot(),
                        clock.instant(),
                        "kube-apiserver",
                        false,
                        new ArrayList<>(),
                        Optional.empty());
        return writer.update(name, write, present -> change.apply(present.tree()));
    }

    private Answer create(Call call, RequestTarget.Resource target, ApiResource resource) {
        WriteOptions options = WriteOptions.parse(call, "CreateOptions");
        JsonObject body = BodyDecoder.object(call);
        JsonObject object = identified(body, target, resource);
        JsonObject decoded = rules.decoded(resource, object, options, call);
        ReadObject made =
                writer.create(
                        Conversions.toStored(decoded),
                        write(call, resource, Write.Part.MAIN, options));
        return views.single(call, 201, resource, made);
    }

    private Answer update(
            Call call, RequestTarget.Resource target, ApiResource resource, Write.Part part) {
        WriteOptions options = WriteOptions.parse(call, "UpdateOptions");
        JsonObject body = BodyDecoder.object(call);
        JsonObject object = identified(body, target, resource);
        JsonObject decoded = rules.decoded(resource, object, options, call);
        ReadObject written =
                writer.update(
                        name(target),
                        write(call, resource, part, options),
                        present -> {
                            checkUid(resource.type(), target, present, decoded);
                            requireVersion(resource, target, decoded);
                            return Conversions.toStored(decoded);
                        });
        return views.single(call, 200, resource, written);
    }

    private Answer patch(
            Call call, RequestTarget.Resource target, ApiResource resource, Write.Part part) {
        WriteOptions options = WriteOptions.parse(call, "PatchOptions");
        Patch patch = Patch.parse(call, resource);
        Write write = write(call, resource, part, options);
        if (!patch.isApply() && options.isForced()) {
            throw Invalid.options(
                    "PatchOptions",
                    List.of(
                            Invalid.forbidden(
                                    "force", "may not be specified for non-apply patch")));
        }
        if (patch.isApply()) {
            return apply(call, target, resource, patch, write, options);
        }
        ReadObject written =
                writer.update(
                        name(target),
                        write,
                        present ->
                                Conversions.toStored(
                                        patched(call, target, resource, patch, options, present)));
        return views.single(call, 200, resource, written);
    }

    private JsonObject patched(
            Call call,
            RequestTarget.Resource target,
            ApiResource resource,
            Patch patch,
            WriteOptions options,
            ReadObject present) {
        ReadObject shown = Conversions.show(resource, present);
        JsonObject changed = patch.apply(shown.tree());
        JsonObject object = identified(changed, target, resource);
        try {
            return rules.decoded(resource, object, options, call);
        } catch (ApiException e) {
            throw new ApiException(misfit(e.status()));
        }
    }

    // The patch is to blame when what comes out does not fit its schema.
    static Status misfit(Status status) {
        return status.code() != 400
                ? status
                : new Status(422, "Invalid", status.message(), JsonObject.EMPTY)
                        .withCauses(
                                List.of(
                                        Invalid.cause(
                                                "patch",
                                                "FieldValueInvalid",
                                                "Invalid value: " + status.message())));
    }

    private Answer apply(
            Call call,
            RequestTarget.Resource target,
            ApiResource resource,
            Patch patch,
            Write write,
            WriteOptions options) {
        if (call.parameter("fieldManager").isEmpty()) {
            throw Invalid.options(
                    "PatchOptions",
                    List.of(
                            Invalid.cause(
                                    "fieldManager",
                                    "FieldValueRequired",
                                    "Required value: is required for apply patch")));
        }
        requireDistinctKeys(call, options);
        JsonObject wanted = configuration(patch.object(), target, resource);
        Write applying = write.asApply(wanted, options.isForced());
        boolean exists = store.find(resource.type(), name(target)).isPresent();
        if (!exists) {
            if (!wanted.text("metadata", "uid").isEmpty()) {
                throw new ApiException(
                        Status.about(
                                409,
                                "Conflict",
                                "uid mismatch: the provided object specified uid %s, and no existing object was found"
                                        .formatted(wanted.text("metadata", "uid")),
                                resource.type(),
                                target.name()));
            }
            JsonObject first = rules.applied(resource, JsonObject.EMPTY, applying);
            ReadObject made =
                    writer.create(
                            Conversions.toStored(
                                    rules.decoded(
                                            resource,
                                            identified(first, target, resource),
                                            options,
                                            call)),
                            applying);
            return views.single(call, 201, resource, made);
        }
        ReadObject written =
                writer.update(
                        name(target),
                        applying,
                        present -> {
                            JsonObject shown = Conversions.show(resource, present).tree();
                            JsonObject changed = rules.applied(resource, shown, applying);
                            return Conversions.toStored(
                                    rules.decoded(
                                            resource,
                                            identified(changed, target, resource),
                                            options,
                                            call));
                        });
        return views.single(call, 200, resource, written);
    }

    private static void requireDistinctKeys(Call call, WriteOptions options) {
        boolean isChecked = options.validation() != WriteOptions.FieldValidation.IGNORE;
        String repeated =
                isChecked && call.body() instanceof Call.Body.Bytes bytes
                        ? YamlReader.repeatedKeys(bytes.bytes())
                        : "";
        if (repeated.isEmpty()) {
            return;
        }
        if (options.validation() == WriteOptions.FieldValidation.STRICT) {
            throw new ApiException(Status.badRequest("error strict decoding YAML: " + repeated));
        }
        call.warn(repeated);
    }

    // A configuration says itself what it configures.
    private static JsonObject configuration(
            JsonObject wanted, RequestTarget.Resource target, ApiResource resource) {
        if (wanted.text("kind").isEmpty() || wanted.text("apiVersion").isEmpty()) {
            throw new ApiException(
                    Status.badRequest(
                            "invalid object type: %s, Kind=%s"
                                    .formatted(
                                            wanted.text("apiVersion").isEmpty()
                                                    ? "/"
                                                    : wanted.text("apiVersion"),
                                            wanted.text("kind"))));
        }
        if (wanted.text("metadata", "name").isEmpty()) {
            throw new ApiException(
                    Status.badRequest(
                            "the name of the object (%s based on URL) was undeterminable: name must be provided"
                                    .formatted(target.name())));
        }
        JsonObject checked = identified(wanted, target, resource);
        return wanted.with("kind", checked.text("kind"));
    }

    private Answer delete(Call call, RequestTarget.Resource target, ApiResource resource) {
        DeleteOptions options = DeleteOptions.parse(call, BodyDecoder.optionalObject(call));
        Deletion.Outcome outcome =
                deletion.delete(name(target), options, deleteWrite(call, resource, options));
        boolean showsObject = !outcome.isGone() || DeleteAnswers.showsObject(resource.type());
        return showsObject
                ? views.single(call, 200, resource, outcome.object())
                : Answer.json(200, DeleteAnswers.success(resource.type(), outcome.object()));
    }

    private Answer deleteCollection(
            Call call, RequestTarget.Resource target, ApiResource resource) {
        DeleteOptions options = DeleteOptions.parse(call, BodyDecoder.optionalObject(call));
        Predicate<JsonObject> selector = rules.selector(call, resource);
        List<ReadObject> deleted = new ArrayList<>();
        Write write = deleteWrite(call, resource, options);
        var snapshot = store.snapshot();
        for (Stored<StoredObject> stored :
                snapshot.list(StorageKeys.prefix(resource.type(), target.namespace()))) {
            JsonObject tree = stored.value().tree();
            if (!selector.test(tree)) {
                continue;
            }
            ObjectName name =
                    new ObjectName(
                            tree.text("metadata", "namespace"), tree.text("metadata", "name"));
            try {
                deleted.add(deletion.delete(name, options, write).object());
            } catch (ApiException e) {
                if (!e.isNotFound()) {
                    throw e;
                }
            }
        }
        JsonObject metadata =
                JsonObject.of("resourceVersion", Json.of(Long.toString(snapshot.revision())));
        return views.list(call, resource, metadata, deleted);
    }

    private Write deleteWrite(Call call, ApiResource resource, DeleteOptions options) {
        return new Write(
                call.user(),
                resource,
                Write.Part.MAIN,
                store.snapshot(),
                clock.instant(),
                call.manager(),
                options.isDryRun(),
                call.warnings(),
                call.annotations(),
                Optional.empty());
    }

    static ObjectName name(RequestTarget.Resource target) {
        return new ObjectName(target.namespace(), target.name());
    }

    /// The object with kind, version, name and namespace as the URL says; where it says otherwise itself, it is refused.
    static JsonObject identified(
            JsonObject body, RequestTarget.Resource target, ApiResource resource) {
        ResourceType type = resource.type();
        String kind = body.text("kind");
        String apiVersion = body.text("apiVersion");
        if (!kind.isEmpty() && !kind.equals(type.kind())) {
            throw new ApiException(
                    Status.badRequest(
                            "%s in version \"%s\" cannot be handled as a %s: the kind does not fit the URL"
                                    .formatted(kind, version(apiVersion), type.kind())));
        }
        if (!apiVersion.isEmpty() && !apiVersion.equals(type.apiVersion())) {
            throw new ApiException(
                    Status.badRequest(
                            "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is registered for version \"%s\" in scheme \"pkg/runtime/scheme.go:111\""
                                    .formatted(
                                            type.kind(),
                                            version(apiVersion),
                                            type.kind(),
                                            type.kind(),
                                            apiVersion)));
        }
        JsonObject metadata = body.object("metadata");
        if (type.isNamespaced()) {
            String namespace = metadata.text("namespace");
            if (!namespace.isEmpty() && !namespace.equals(target.namespace())) {
                throw new ApiException(
                        Status.badRequest(
                                "the namespace of the provided object does not match the namespace"
                                        + " sent on the request"));
            }
            metadata = metadata.with("namespace", target.namespace());
        }
        if (!target.name().isEmpty()) {
            String name = metadata.text("name");
            if (!name.isEmpty() && !name.equals(target.name())) {
                throw new ApiException(
                        Status.badRequest(
                                "the name of the object (%s) does not match the name on the URL (%s)"
                                        .formatted(name, target.name())));
            }
            metadata = metadata.with("name", target.name());
        }
        return body.with("kind", type.kind())
                .with("apiVersion", type.apiVersion())
                .with("metadata", metadata);
    }

    private static String version(String apiVersion) {
        return apiVersion.substring(apiVersion.indexOf('/') + 1);
    }

    // Custom resources and their definitions are never replaced blindly.
    private static void requireVersion(
            ApiResource resource, RequestTarget.Resource target, JsonObject wanted) {
        boolean isCareful = resource.isCustom() || resource.type().equals(CustomDefinition.TYPE);
        if (!isCareful || !wanted.text("metadata", "resourceVersion").isEmpty()) {
            return;
        }
        ResourceType type = resource.type();
        String why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
        Status status =
                Status.about(
                        422,
                        "Invalid",
                        "%s \"%s\" is invalid: %s"
                                .formatted(type.qualifiedPlural(), target.name(), why),
                        type,
                        target.name());
        throw new ApiException(
                status.withCauses(
                        List.of(
                                Invalid.value(
                                        "metadata.resourceVersion",
                                        "0",
                                        "must be specified for an update"))));
    }

    private static void checkUid(
            ResourceType type,
            RequestTarget.Resource target,
            ReadObject present,
            JsonObject wanted) {
        String uid = wanted.text("metadata", "uid");
        String found = present.tree().text("metadata", "uid");
        if (!uid.isEmpty() && !uid.equals(found)) {
            throw new ApiException(
                    Status.about(
                            409,
                            "Conflict",
                            "Operation cannot be fulfilled on %s \"%s\": StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: %s"
                                    .formatted(
                                            type.qualifiedPlural(),
                                            target.name(),
                                            StorageKeys.key(type, name(target)),
                                            uid,
                                            found),
                            type,
                            target.name()));
        }
        String version = wanted.text("metadata", "resourceVersion");
        if (!version.isEmpty() && !version.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new ApiException(
                    new Status(
                            500,
                            "",
                            "resourceVersion: Invalid value: \"%s\": not a number"
                                    .formatted(version),
                            JsonObject.EMPTY));
        }
    }
}
