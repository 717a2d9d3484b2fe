package io.fairlead.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads JSON text into trees. Depth and the length of numbers are bounded, so that no input can exhaust the reader.
public final class JsonReader {
    private static final int DEPTH_MAX = 200;

    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEPTH_MAX)
                                    .maxNumberLength(400)
                                    .build())
                    .build();

    private final Consumer<String> duplicates;
    private final Consumer<Path> members;
    private final Set<String> unread;

    private JsonReader(Consumer<String> duplicates, Consumer<Path> members, Set<String> unread) {
        this.duplicates = duplicates;
        this.members = members;
        this.unread = unread;
    }

    /// @throws JsonSyntaxException when `bytes` is not one JSON value in UTF-8
    public static Json read(byte[] bytes) {
        return read(bytes, ignored -> {});
    }

    /// Reads, and tells the paths of members that an object has twice, such as `spec.ports[0].name`. The later one wins,
    /// or is merged into the earlier one where both are objects, as Go's decoder does.
    ///
    /// @throws JsonSyntaxException when `bytes` is not one JSON value in UTF-8
    public static Json read(byte[] bytes, Consumer<String> duplicates) {
        return new JsonReader(duplicates, path -> {}, Set.of()).whole(bytes, 0, bytes.length);
    }

    /// The paths of all members in the order in which they are written, repeated ones as often as they are there.
    ///
    /// @throws JsonSyntaxException when `bytes` is not one JSON value in UTF-8
    public static List<String> memberPaths(byte[] bytes) {
        List<String> paths = new ArrayList<>();
        JsonReader reader =
                new JsonReader(ignored -> {}, path -> paths.add(path.toString()), Set.of());
        reader.whole(bytes, 0, bytes.length);
        return paths;
    }

    private Json whole(byte[] bytes, int offset, int length) {
        try (JsonParser parser = FACTORY.createParser(bytes, offset, length)) {
            if (parser.nextToken() == null) {
                throw new JsonSyntaxException("unexpected end of JSON input");
            }
            Json value = value(parser, null);
            if (parser.nextToken() != null) {
                throw new JsonSyntaxException("invalid data after the top-level value");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new JsonSyntaxException(
                    "%s at line %d, column %d"
                            .formatted(
                                    e.getOriginalMessage(),
                                    e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                                    e.getLocation() == null ? 1 : e.getLocation().getColumnNr()));
        } catch (IOException e) {
            // Malformed UTF-8 is reported this way; there is no device behind a byte array.
            throw new JsonSyntaxException(String.valueOf(e.getMessage()));
        }
    }

    public static Json read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    /// @throws JsonSyntaxException also when the value is not an object
    public static JsonObject readObject(byte[] bytes) {
        if (read(bytes) instanceof JsonObject object) {
            return object;
        }
        throw new JsonSyntaxException("the top-level value is not an object");
    }

    /// Reads part of a buffer, for readers who have no use for some of it.
    ///
    /// @param unread names of members that are passed over, whatever they hold and wherever they are
    /// @throws JsonSyntaxException when it is not one JSON object in UTF-8
    public static JsonObject readObject(byte[] bytes, int offset, int length, Set<String> unread) {
        if (new JsonReader(ignored -> {}, path -> {}, unread).whole(bytes, offset, length)
                instanceof JsonObject object) {
            return object;
        }
        throw new JsonSyntaxException("the top-level value is not an object");
    }

    /// Where the reader is; joined to text only when it has something to tell.
    private record Path(@Nullable Path parent, String name, int index) {
        @Override
        public String toString() {
            String before = parent == null ? "" : parent.toString();
            if (index >= 0) {
                return before + "[" + index + "]";
            }
            return before.isEmpty() ? name : before + "." + name;
        }
    }

    private Json value(JsonParser parser, @Nullable Path path) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, path);
            case START_ARRAY -> array(parser, path);
            case VALUE_STRING -> new JsonString(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getDoubleValue());
            case VALUE_TRUE -> JsonBoolean.TRUE;
            case VALUE_FALSE -> JsonBoolean.FALSE;
            case VALUE_NULL -> JsonNull.NULL;
            default ->
                    throw new UncheckedIOException(
                            new IOException("token " + parser.currentToken()));
        };
    }

    private static JsonNumber integer(JsonParser parser) throws IOException {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? new JsonNumber(parser.getDoubleValue())
                : new JsonNumber(parser.getLongValue());
    }

    private JsonObject object(JsonParser parser, @Nullable Path path) throws IOException {
        JsonObject.Builder builder = JsonObject.builder();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (unread.contains(name)) {
                parser.skipChildren();
                continue;
            }
            Path member = new Path(path, name, -1);
            members.accept(member);
            Json value = value(parser, member);
            Json earlier = builder.putNew(name, value);
            if (earlier != null) {
                duplicates.accept(member.toString());
                builder.put(name, merged(earlier, value));
            }
        }
        return builder.build();
    }

    private static Json merged(Json earlier, Json later) {
        if (earlier instanceof JsonObject before && later instanceof JsonObject after) {
            JsonObject.Builder both = JsonObject.builder();
            before.forEach(both::put);
            after.forEach(both::put);
            return both.build();
        }
        return later;
    }

    private JsonArray array(JsonParser parser, @Nullable Path path) throws IOException {
        List<Json> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser, new Path(path, "", items.size())));
        }
        return new JsonArray(items);
    }
}
