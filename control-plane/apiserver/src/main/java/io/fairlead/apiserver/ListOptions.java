package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;

/// What the query of a list or watch asks for, checked.
///
/// @param revision empty when the client named none
/// @param match `Exact`, `NotOlderThan` or empty
/// @param limit 0 for everything
record ListOptions(
        OptionalLong revision,
        String match,
        int limit,
        String continueToken,
        boolean sendsInitialEvents,
        boolean allowsBookmarks,
        long timeoutSeconds) {
    private static final String KIND = "ListOptions";

    /// Where the next page of a list begins.
    record Page(long revision, String afterKey, int seen) {
        String token() {
            JsonObject tree =
                    JsonObject.of(
                            "v",
                            Json.of("meta.k8s.io/v1"),
                            "rv",
                            Json.of(revision),
                            "start",
                            Json.of(afterKey));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(JsonWriter.bytes(tree.with("seen", Json.of(seen))));
        }

        static Page parse(String token) {
            try {
                JsonObject tree = JsonReader.readObject(Base64.getUrlDecoder().decode(token));
                if (!tree.text("start").isEmpty() && tree.number(0, "rv") > 0) {
                    return new Page(
                            tree.number(0, "rv"), tree.text("start"), (int) tree.number(0, "seen"));
                }
            } catch (IllegalArgumentException | JsonSyntaxException e) {
                // Not one of ours, as below.
            }
            throw new ApiException(Status.badRequest("continue key is not valid: " + token));
        }
    }

    static ListOptions forList(Call call) {
        ListOptions options = parse(call);
        boolean hasRevision = !call.parameter("resourceVersion").isEmpty();
        List<JsonObject> causes = new ArrayList<>();
        if (!options.match.isEmpty()) {
            if (!hasRevision) {
                causes.add(
                        Invalid.forbidden(
                                "resourceVersionMatch",
                                "resourceVersionMatch is forbidden unless resourceVersion is"
                                        + " provided"));
            }
            if (!options.continueToken.isEmpty()) {
                causes.add(
                        Invalid.forbidden(
                                "resourceVersionMatch",
                                "resourceVersionMatch is forbidden when continue is provided"));
            }
            if (!options.match.equals("Exact") && !options.match.equals("NotOlderThan")) {
                causes.add(
                        Invalid.notSupported(
                                "resourceVersionMatch",
                                options.match,
                                "\"Exact\", \"NotOlderThan\", \"\""));
            }
            if (options.match.equals("Exact") && options.revision.orElse(-1) == 0) {
                causes.add(
                        Invalid.forbidden(
                                "resourceVersionMatch",
                                "resourceVersionMatch \"exact\" is forbidden for resourceVersion"
                                        + " \"0\""));
            }
        }
        if (!call.parameter("sendInitialEvents").isEmpty()) {
            causes.add(
                    Invalid.forbidden(
                            "sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        refuse(causes);
        if (!options.continueToken.isEmpty() && options.revision.orElse(0) > 0) {
            throw new ApiException(
                    Status.badRequest(
                            "specifying resource version is not allowed when using continue"));
        }
        return options;
    }

    static ListOptions forWatch(Call call) {
        List<JsonObject> causes = new ArrayList<>();
        String match = call.parameter("resourceVersionMatch");
        boolean asksForInitial = call.optionalParameter("sendInitialEvents").isPresent();
        if (asksForInitial) {
            if (!match.equals("NotOlderThan")) {
                causes.add(
                        Invalid.forbidden(
                                "resourceVersionMatch",
                                "sendInitialEvents requires setting resourceVersionMatch to"
                                        + " NotOlderThan"));
                if (!match.isEmpty()) {
                    causes.add(
                            Invalid.notSupported(
                                    "resourceVersionMatch", match, "\"NotOlderThan\""));
                }
            }
        } else if (!match.isEmpty()) {
            causes.add(
                    Invalid.forbidden(
                            "resourceVersionMatch",
                            "resourceVersionMatch is forbidden for watch unless sendInitialEvents"
                                    + " is provided"));
        }
        refuse(causes);
        String revision = call.parameter("resourceVersion");
        if (!revision.isEmpty() && !isNumber(revision)) {
            throw new ApiException(
                    new Status(
                            500,
                            "",
                            "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": invalid syntax"
                                    .formatted(revision, revision),
                            JsonObject.EMPTY));
        }
        return parse(call);
    }

    private static ListOptions parse(Call call) {
        String revision = call.parameter("resourceVersion");
        if (!revision.isEmpty() && !isNumber(revision)) {
            throw new ApiException(
                    Status.badRequest(
                            "resourceVersion: Invalid value: \"%s\": not a number"
                                    .formatted(revision)));
        }
        return new ListOptions(
                revision.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(Long.parseLong(revision)),
                call.parameter("resourceVersionMatch"),
                (int) Math.min(number(call, "limit"), Integer.MAX_VALUE),
                call.parameter("continue"),
                call.flag("sendInitialEvents"),
                call.flag("allowWatchBookmarks"),
                number(call, "timeoutSeconds"));
    }

    private static void refuse(List<JsonObject> causes) {
        if (!causes.isEmpty()) {
            throw Invalid.options(KIND, causes);
        }
    }

    private static long number(Call call, String name) {
        String text = call.parameter(name);
        if (text.isEmpty()) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw new ApiException(
                    Status.badRequest(
                            "strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text)));
        }
    }

    private static boolean isNumber(String text) {
        return text.length() < 19 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
