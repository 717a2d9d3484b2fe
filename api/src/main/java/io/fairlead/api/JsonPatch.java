package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// JSON patches, RFC 6902, with the one liberty that Kubernetes takes: `replace` may also add a member.
public final class JsonPatch {
    private static final int OPERATIONS_MAX = 10_000;

    private JsonPatch() {}

    /// @throws ApiException 400 when `patch` is not a list of operations, 422 when one does not fit `current`
    public static JsonObject apply(JsonObject current, Json patch) {
        return applyIfTestsHold(current, patch).orElseThrow(JsonPatch::doesNotFit);
    }

    /// As [#apply]; empty when a test in the patch does not hold.
    public static Optional<JsonObject> applyIfTestsHold(JsonObject current, Json patch) {
        if (!(patch instanceof JsonArray operations)) {
            throw new ApiException(Status.badRequest("a JSON patch is a list of operations"));
        }
        if (operations.size() > OPERATIONS_MAX) {
            throw new ApiException(
                    new Status(
                            413,
                            "RequestEntityTooLarge",
                            "The allowed maximum operations in a JSON patch is %d, got %d"
                                    .formatted(OPERATIONS_MAX, operations.size()),
                            JsonObject.EMPTY));
        }
        Json patched = current;
        try {
            for (Json operation : operations.items()) {
                patched = operate(patched, operation);
            }
        } catch (TestFailure e) {
            return Optional.empty();
        }
        if (patched instanceof JsonObject object) {
            return Optional.of(object);
        }
        throw doesNotFit();
    }

    /// A test in a patch does not hold.
    private static final class TestFailure extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static Json operate(Json tree, Json operation) {
        List<String> path = path(operation.text("path"));
        Json value = operation instanceof JsonObject object ? object.get("value") : null;
        Json valueOrNull = value == null ? JsonNull.NULL : value;
        return switch (operation.text("op")) {
            case "add" -> change(tree, path, 0, new Add(valueOrNull));
            case "remove" -> change(tree, path, 0, new Remove());
            case "replace" -> change(tree, path, 0, new Replace(valueOrNull));
            case "copy" -> change(tree, path, 0, new Add(read(tree, path(operation.text("from")))));
            case "move" -> {
                List<String> from = path(operation.text("from"));
                Json moved = read(tree, from);
                yield change(change(tree, from, 0, new Remove()), path, 0, new Add(moved));
            }
            case "test" -> {
                if (!holds(tree, path, valueOrNull)) {
                    throw new TestFailure();
                }
                yield tree;
            }
            default -> throw doesNotFit();
        };
    }

    /// What happens at the end of a path.
    private sealed interface Step {}

    private record Add(Json value) implements Step {}

    private record Remove() implements Step {}

    private record Replace(Json value) implements Step {}

    private static Json change(Json tree, List<String> path, int depth, Step step) {
        if (path.isEmpty()) {
            return switch (step) {
                case Add add -> add.value();
                case Replace replace -> replace.value();
                case Remove remove -> JsonNull.NULL;
            };
        }
        String name = path.get(depth);
        boolean last = depth == path.size() - 1;
        return switch (tree) {
            case JsonObject object when last -> changeMember(object, name, step);
            case JsonObject object when object.get(name) != null ->
                    object.with(name, change(member(object, name), path, depth + 1, step));
            case JsonArray array when last -> changeItem(array, name, step);
            case JsonArray array -> {
                int index = index(name, array.size());
                List<Json> items = new ArrayList<>(array.items());
                items.set(index, change(items.get(index), path, depth + 1, step));
                yield new JsonArray(items);
            }
            default -> throw doesNotFit();
        };
    }

    private static JsonObject changeMember(JsonObject object, String name, Step step) {
        return switch (step) {
            case Add add -> object.with(name, add.value());
            case Replace replace -> object.with(name, replace.value());
            case Remove remove when object.contains(name) -> object.without(name);
            case Remove remove -> throw doesNotFit();
        };
    }

    private static JsonArray changeItem(JsonArray array, String name, Step step) {
        List<Json> items = new ArrayList<>(array.items());
        switch (step) {
            case Add add when name.equals("-") -> items.add(add.value());
            case Add add -> items.add(index(name, items.size() + 1), add.value());
            case Replace replace -> items.set(index(name, items.size()), replace.value());
            case Remove remove -> items.remove(index(name, items.size()));
        }
        return new JsonArray(items);
    }

    private static Json member(JsonObject object, String name) {
        Json member = object.get(name);
        return member == null ? JsonNull.NULL : member;
    }

    private static boolean holds(Json tree, List<String> path, Json expected) {
        try {
            return read(tree, path).equals(expected);
        } catch (ApiException e) {
            return expected instanceof JsonNull;
        }
    }

    private static Json read(Json tree, List<String> path) {
        Json at = tree;
        for (String name : path) {
            Json next =
                    switch (at) {
                        case JsonObject object -> object.get(name);
                        case JsonArray array -> array.items().get(index(name, array.size()));
                        default -> null;
                    };
            if (next == null) {
                throw doesNotFit();
            }
            at = next;
        }
        return at;
    }

    private static int index(String name, int size) {
        int index = 0;
        for (int i = 0; i < name.length() && i < 9; i++) {
            char digit = name.charAt(i);
            if (digit < '0' || digit > '9') {
                throw doesNotFit();
            }
            index = index * 10 + digit - '0';
        }
        if (name.isEmpty() || name.length() > 8 || index >= size) {
            throw doesNotFit();
        }
        return index;
    }

    private static List<String> path(String pointer) {
        if (pointer.isEmpty()) {
            return List.of();
        }
        if (!pointer.startsWith("/")) {
            throw doesNotFit();
        }
        List<String> path = new ArrayList<>();
        for (String step : pointer.substring(1).split("/", -1)) {
            path.add(step.replace("~1", "/").replace("~0", "~"));
        }
        return path;
    }

    private static ApiException doesNotFit() {
        return new ApiException(
                new Status(
                        422,
                        "Invalid",
                        "the server rejected our request due to an error in our request",
                        JsonObject.EMPTY));
    }
}
