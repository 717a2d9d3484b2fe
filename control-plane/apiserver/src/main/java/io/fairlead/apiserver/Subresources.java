package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Subresource;

/// Sends requests for parts of objects to whoever knows that part.
final class Subresources {
    private final Scales scales;
    private final PodParts pods;
    private final TokenRequests tokens;
    private final NodeStreams streams;
    private final ResourceEndpoint resources;
    private final ObjectWriter writer;
    private final Views views;
    private final PartAdmission admission;

    Subresources(
            Scales scales,
            PodParts pods,
            TokenRequests tokens,
            NodeStreams streams,
            ResourceEndpoint resources,
            ObjectWriter writer,
            Views views,
            PartAdmission admission) {
        this.admission = admission;
        this.scales = scales;
        this.pods = pods;
        this.tokens = tokens;
        this.streams = streams;
        this.resources = resources;
        this.writer = writer;
        this.views = views;
    }

    Answer answer(
            Call call,
            String verb,
            RequestTarget.Resource target,
            ApiResource resource,
            Subresource part) {
        if (part.name().equals("proxy")) {
            admission.ofConnection(call, target, resource);
            return streams.proxy(call, target);
        }
        if (!part.verbs().contains(verb)) {
            throw new ApiException(ResourceEndpoint.methodNotAllowed());
        }
        return switch (part.name()) {
            case "scale" -> scales.answer(call, verb, target, resource);
            case "binding" -> pods.bind(admission.ofNew(call, target, resource), target, resource);
            case "eviction" ->
                    pods.evict(admission.ofNew(call, target, resource), target, resource);
            case "ephemeralcontainers", "resize" ->
                    pods.change(call, verb, target, resource, part.name());
            case "token" -> tokens.issue(admission.ofNew(call, target, resource), target, resource);
            case "log" -> streams.log(call, target);
            case "exec", "attach", "portforward" -> {
                admission.ofConnection(call, target, resource);
                yield streams.stream(call, target);
            }
            case "finalize" -> finish(call, target, resource);
            case "approval" -> resources.part(call, verb, target, resource, Write.Part.APPROVAL);
            default -> throw new ApiException(RequestPipeline.notServed());
        };
    }

    // Only the finalizers of a namespace change this way.
    private Answer finish(Call call, RequestTarget.Resource target, ApiResource resource) {
        WriteOptions options = WriteOptions.parse(call, "UpdateOptions");
        JsonObject body = ResourceEndpoint.identified(BodyDecoder.object(call), target, resource);
        JsonObject spec = body.object("spec");
        Write write = resources.write(call, resource, Write.Part.INTERNAL, options);
        ReadObject written =
                writer.update(
                        ResourceEndpoint.name(target),
                        write,
                        present ->
                                withVersion(
                                        admission.ofChanged(
                                                target,
                                                present.tree(),
                                                present.tree()
                                                        .withAt(
                                                                new JsonArray(
                                                                        spec.list("finalizers")),
                                                                "spec",
                                                                "finalizers"),
                                                write),
                                        body));
        return views.single(call, 200, resource, written);
    }

    /// The changed object, held to the version that the client's body names, if any.
    static JsonObject withVersion(JsonObject changed, JsonObject body) {
        String version = body.text("metadata", "resourceVersion");
        return version.isEmpty()
                ? changed.withoutAt("metadata", "resourceVersion")
                : changed.withAt(Json.of(version), "metadata", "resourceVersion");
    }
}
