package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// One request of a recorded conversation, and its answer.
record RecordedCase(
        String name, String method, String path, JsonObject request, JsonObject response) {
    /// Every request of an area, in order; watches and bodies that are not objects are left out.
    static List<RecordedCase> ofArea(String area) {
        List<RecordedCase> cases = new ArrayList<>();
        for (String name : Reference.names("cases/" + area)) {
            String text = JsonWriter.text(Reference.read("cases/" + area + "/" + name + ".json"));
            // Stands for six letters that the player of a conversation chooses.
            Json recorded = JsonReader.read(text.replace("{id}", "abcdef"));
            for (Json step : recorded.list("steps")) {
                if (step.has("request") && step.has("request", "body")) {
                    cases.add(
                            new RecordedCase(
                                    name,
                                    step.text("request", "method"),
                                    step.text("request", "path"),
                                    step.object("request", "body"),
                                    step.object("response")));
                }
            }
        }
        return cases;
    }

    long status() {
        return response.number(0, "status");
    }

    JsonObject answer() {
        return response.object("body");
    }

    /// The resource that a POST's path names.
    ApiResource resource() {
        String plain = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
        String[] parts = plain.substring(1).split("/");
        String group = parts[0].equals("api") ? "" : parts[1];
        String version = parts[0].equals("api") ? parts[1] : parts[2];
        int next = parts[0].equals("api") ? 2 : 3;
        if (parts[next].equals("namespaces") && parts.length > next + 2) {
            next += 2;
        }
        return ApiCatalog.builtIn().find(group, version, parts[next]).orElseThrow();
    }
}
