package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;

/// What this server serves itself is available from the start.
final class ApiServiceStrategy implements Strategy {
    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        return ApiServices.isRemote(object)
                ? object
                : ApiServices.judged(
                        object.without("status"),
                        "True",
                        "Local",
                        "Local APIServices are always available",
                        write.now());
    }
}
