package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.List;

/// The smallest container that shows whether a runtime works on this machine: the machine's own root, read-only, and a program that
/// ends at once.
final class OciTrial {
    private OciTrial() {}

    static JsonObject config(String cgroup) {
        return JsonObject.builder()
                .put("ociVersion", "1.0.2")
                .put(
                        "process",
                        JsonObject.builder()
                                .put("args", JsonArray.ofStrings(List.of("/bin/true")))
                                .put("cwd", "/")
                                .put("user", JsonObject.of("uid", Json.of(0), "gid", Json.of(0)))
                                .put("env", JsonArray.ofStrings(List.of("PATH=/bin")))
                                .build())
                .put("root", JsonObject.of("path", Json.of("/"), "readonly", Json.of(true)))
                .put(
                        "mounts",
                        JsonArray.of(
                                JsonObject.of(
                                        "destination",
                                        Json.of("/proc"),
                                        "type",
                                        Json.of("proc"),
                                        "source",
                                        Json.of("proc"))))
                .put(
                        "linux",
                        JsonObject.of(
                                "cgroupsPath",
                                Json.of(cgroup),
                                "namespaces",
                                JsonArray.of(
                                        JsonObject.of("type", Json.of("pid")),
                                        JsonObject.of("type", Json.of("mount")))))
                .build();
    }
}
