package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The smallest container that shows whether a runtime works on this machine: the machine's own programs, read-only, of which one
/// runs that ends at once.
final class OciTrial {
    private static final List<String> PROGRAM_FOLDERS = List.of("/usr", "/bin", "/lib", "/lib64");

    private OciTrial() {}

    /// @param root an empty directory
    static JsonObject config(Path root, String cgroup) {
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
                .put("root", JsonObject.of("path", Json.of(root.toString())))
                .put("mounts", new JsonArray(mounts()))
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

    private static List<Json> mounts() {
        List<Json> mounts = new ArrayList<>();
        mounts.add(mount("proc", "proc", "/proc"));
        for (String folder : PROGRAM_FOLDERS) {
            if (Files.exists(Path.of(folder))) {
                mounts.add(
                        mount("bind", folder, folder)
                                .with(
                                        "options",
                                        JsonArray.ofStrings(List.of("rbind", "rprivate", "ro"))));
            }
        }
        return mounts;
    }

    private static JsonObject mount(String type, String source, String destination) {
        return JsonObject.of(
                "destination",
                Json.of(destination),
                "type",
                Json.of(type),
                "source",
                Json.of(source));
    }
}
