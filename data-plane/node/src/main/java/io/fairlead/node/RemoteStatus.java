package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;

/// How a remote command ended, as the `Status` on the error stream says it.
final class RemoteStatus {
    static final JsonObject SUCCESS =
            JsonObject.of("metadata", JsonObject.EMPTY, "status", Json.of("Success"));

    private RemoteStatus() {}

    static JsonObject exit(int code) {
        if (code == 0) {
            return SUCCESS;
        }
        JsonObject cause =
                JsonObject.of(
                        "reason", Json.of("ExitCode"), "message", Json.of(Integer.toString(code)));
        return JsonObject.builder()
                .put("metadata", JsonObject.EMPTY)
                .put("status", "Failure")
                .put("message", "command terminated with non-zero exit code: exit code " + code)
                .put("reason", "NonZeroExitCode")
                .put("details", JsonObject.of("causes", JsonArray.of(cause)))
                .build();
    }

    static JsonObject failure(String message) {
        return JsonObject.builder()
                .put("metadata", JsonObject.EMPTY)
                .put("status", "Failure")
                .put("message", "Internal error occurred: " + message)
                .put("reason", "InternalError")
                .put(
                        "details",
                        JsonObject.of(
                                "causes", JsonArray.of(JsonObject.of("message", Json.of(message)))))
                .put("code", 500)
                .build();
    }
}
