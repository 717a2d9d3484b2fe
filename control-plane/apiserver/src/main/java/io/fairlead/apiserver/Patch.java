package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonPatch;
import io.fairlead.api.MergePatch;
import io.fairlead.api.Status;
import io.fairlead.api.StrategicMergePatch;
import io.fairlead.client.ApiRequest;

/// A change that the client describes, in one of the four ways that Kubernetes knows.
///
/// @param mediaType tells which
record Patch(String mediaType, Json body, ApiResource resource) {
    /// @throws ApiException 415 for other media types
    static Patch parse(Call call, ApiResource resource) {
        String mediaType = BodyDecoder.mediaType(call);
        boolean isKnown =
                switch (mediaType) {
                    case ApiRequest.JSON_PATCH, ApiRequest.MERGE_PATCH, ApiRequest.APPLY_PATCH ->
                            true;
                    case ApiRequest.STRATEGIC_MERGE_PATCH -> !Views.isCustom(resource);
                    default -> false;
                };
        if (!isKnown) {
            throw new ApiException(
                    new Status(
                            415,
                            "UnsupportedMediaType",
                            Views.isCustom(resource)
                                    ? "the body of the request was in an unknown format - accepted"
                                            + " media types include: application/json-patch+json,"
                                            + " application/merge-patch+json,"
                                            + " application/apply-patch+yaml"
                                    : "415: Unsupported Media Type",
                            JsonObject.EMPTY));
        }
        Json body = BodyDecoder.json(call);
        if (BodyDecoder.isNothing(body)) {
            throw new ApiException(Status.badRequest("Invalid JSON Patch"));
        }
        return new Patch(mediaType, body, resource);
    }

    boolean isApply() {
        return mediaType.equals(ApiRequest.APPLY_PATCH);
    }

    JsonObject object() {
        if (body instanceof JsonObject object) {
            return object;
        }
        throw new ApiException(Status.badRequest("the patch is not an object"));
    }

    JsonObject apply(JsonObject present) {
        return switch (mediaType) {
            case ApiRequest.JSON_PATCH -> JsonPatch.apply(present, body);
            case ApiRequest.MERGE_PATCH -> MergePatch.apply(present, object());
            default -> StrategicMergePatch.apply(present, object(), resource.schema());
        };
    }
}
