package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;

/// Shows an object in another version of its group than it is stored in.
final class Conversions {
    private Conversions() {}

    static ReadObject show(ApiResource resource, ReadObject object) {
        String wanted = resource.type().apiVersion();
        if (object.tree().text("apiVersion").equals(wanted)) {
            return object;
        }
        return new ReadObject(object.revision(), object.tree().with("apiVersion", Json.of(wanted)));
    }
}
