package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Lets users' policies change and refuse what is asked of parts of objects: bindings, evictions, tokens, and connections with pods, Services and nodes.
final class PartAdmission {
    private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

    private final Admission admission;
    private final ResourceEndpoint resources;

    PartAdmission(Admission admission, ResourceEndpoint resources) {
        this.admission = admission;
        this.resources = resources;
    }

    /// The call with what it carries as the policies leave it.
    Call ofNew(Call call, RequestTarget.Resource target, ApiResource resource) {
        WriteOptions options = WriteOptions.parse(call, "CreateOptions");
        Write write = resources.write(call, resource, Write.Part.MAIN, options);
        JsonObject body = BodyDecoder.object(call);
        AdmissionRequest request =
                AdmissionRequest.ofPart(
                        target, body, AdmissionRequest.options("CREATE", write), write);
        JsonObject reviewed = admission.review(request).orElse(body);
        return reviewed.equals(body) ? call : call.with(reviewed);
    }

    /// A changed object as the policies leave it.
    JsonObject ofChanged(
            RequestTarget.Resource target, JsonObject before, JsonObject after, Write write) {
        AdmissionRequest request =
                new AdmissionRequest(
                        "UPDATE",
                        write.resource(),
                        target.subresource(),
                        ResourceEndpoint.name(target),
                        Optional.of(after),
                        Optional.of(before),
                        AdmissionRequest.options("UPDATE", write),
                        write);
        return admission.review(request).orElse(after);
    }

    /// Asks whether the sender may be connected.
    void ofConnection(Call call, RequestTarget.Resource target, ApiResource resource) {
        WriteOptions options =
                new WriteOptions(false, call.manager(), WriteOptions.FieldValidation.IGNORE, false);
        Write write = resources.write(call, resource, Write.Part.MAIN, options);
        AdmissionRequest request = AdmissionRequest.ofConnect(target, JsonObject.EMPTY, write);
        JsonObject wish =
                JsonObject.of(
                        "kind",
                        Json.of(request.kindOfObject().kind()),
                        "apiVersion",
                        Json.of(request.kindOfObject().apiVersion()));
        admission.review(request.with(withQuery(wish, call, target)));
    }

    private static JsonObject withQuery(JsonObject wish, Call call, RequestTarget.Resource target) {
        JsonObject told = wish;
        if (target.subresource().equals("proxy")) {
            return target.rest().isEmpty() ? told : told.with("path", target.rest().substring(1));
        }
        for (String flag : FLAGS) {
            if (call.flag(flag)) {
                told = told.with(flag, Json.of(true));
            }
        }
        if (!call.parameter("container").isEmpty()) {
            told = told.with("container", call.parameter("container"));
        }
        List<String> command = call.query().getOrDefault("command", List.of());
        if (!command.isEmpty()) {
            told = told.with("command", JsonArray.ofStrings(command));
        }
        List<Json> ports = new ArrayList<>();
        for (String port : call.query().getOrDefault("ports", List.of())) {
            for (String each : port.split(",")) {
                if (each.chars().allMatch(Character::isDigit) && !each.isEmpty()) {
                    ports.add(Json.of(Long.parseLong(each)));
                }
            }
        }
        return ports.isEmpty() ? told : told.with("ports", new JsonArray(ports));
    }
}
