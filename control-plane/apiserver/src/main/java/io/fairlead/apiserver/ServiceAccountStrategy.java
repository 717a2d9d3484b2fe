package io.fairlead.apiserver;

import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;

/// A service account's secrets are listed by others than those who write the account without naming any.
final class ServiceAccountStrategy implements Strategy {
    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        return after.has("secrets") || !before.has("secrets")
                ? after
                : after.with("secrets", new JsonArray(before.list("secrets")));
    }
}
