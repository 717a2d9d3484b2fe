package io.fairlead.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Reads YAML, and JSON with it, into trees, as Kubernetes does: scalars by [YamlScalar], keys as strings, the last of
/// two equal keys wins, `<<` merges. Depth, length and what aliases unfold to are bounded.
public final class YamlReader {
    private static final int DEPTH_MAX = 200;
    private static final int LENGTH_MAX = 16 << 20;
    private static final int VALUES_MAX = 1 << 20;

    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setCodePointLimit(LENGTH_MAX).build();

    private final Iterator<Event> events;
    private final Map<Anchor, Anchored> anchors = new HashMap<>();
    private final List<String> repeated = new ArrayList<>();
    private int values;

    /// A value that aliases may repeat, and how many values it unfolds to.
    private record Anchored(Json value, int values) {}

    private YamlReader(Iterator<Event> events) {
        this.events = events;
    }

    /// Every document, empty ones left out.
    ///
    /// @throws JsonSyntaxException when the text is not YAML
    public static List<Json> readAll(String text) {
        try {
            return new YamlReader(new Parse(SETTINGS).parseString(text).iterator()).documents();
        } catch (YamlEngineException e) {
            throw new JsonSyntaxException("yaml: " + firstLine(String.valueOf(e.getMessage())));
        }
    }

    public static List<Json> readAll(byte[] utf8) {
        return readAll(new String(utf8, StandardCharsets.UTF_8));
    }

    /// Every document, each of which must be an object.
    public static List<JsonObject> readObjects(String text) {
        List<JsonObject> objects = new ArrayList<>();
        for (Json document : readAll(text)) {
            if (!(document instanceof JsonObject object)) {
                throw new JsonSyntaxException("yaml: a document is not a mapping");
            }
            objects.add(object);
        }
        return objects;
    }

    /// The first document, null when there is none.
    public static Json read(byte[] utf8) {
        List<Json> documents = readAll(utf8);
        return documents.isEmpty() ? JsonNull.NULL : documents.getFirst();
    }

    /// What is said of keys that a mapping has twice, as Go's strict decoder says it; empty when there are none.
    public static String repeatedKeys(byte[] utf8) {
        YamlReader reader =
                new YamlReader(
                        new Parse(SETTINGS)
                                .parseString(new String(utf8, StandardCharsets.UTF_8))
                                .iterator());
        try {
            reader.documents();
        } catch (YamlEngineException | JsonSyntaxException e) {
            // Whoever reads the text for what it says is told why it cannot be read.
            return "";
        }
        return reader.repeated.isEmpty()
                ? ""
                : "error converting YAML to JSON: yaml: unmarshal errors:\n  "
                        + String.join("\n  ", reader.repeated);
    }

    /// @throws JsonSyntaxException also when the first document is not an object
    public static JsonObject readObject(byte[] utf8) {
        if (read(utf8) instanceof JsonObject object) {
            return object;
        }
        throw new JsonSyntaxException("yaml: the document is not a mapping");
    }

    private List<Json> documents() {
        List<Json> documents = new ArrayList<>();
        while (events.hasNext()) {
            Event event = events.next();
            if (event.getEventId() == Event.ID.DocumentStart) {
                anchors.clear();
                Json document = value(events.next(), 0);
                if (!(document instanceof JsonNull)) {
                    documents.add(document);
                }
            }
        }
        return documents;
    }

    private Json value(Event event, int depth) {
        count(1);
        if (depth > DEPTH_MAX) {
            throw new JsonSyntaxException("yaml: nested more than " + DEPTH_MAX + " levels deep");
        }
        if (event instanceof AliasEvent alias) {
            Anchored anchored = anchors.get(alias.getAlias());
            if (anchored == null) {
                throw new JsonSyntaxException(
                        "yaml: unknown anchor '" + alias.getAlias() + "' referenced");
            }
            count(anchored.values());
            return anchored.value();
        }
        int before = values;
        Json value =
                switch (event) {
                    case MappingStartEvent start -> mapping(depth);
                    case SequenceStartEvent start -> sequence(depth);
                    case ScalarEvent scalar -> scalar(scalar);
                    default ->
                            throw new JsonSyntaxException("yaml: unexpected " + event.getEventId());
                };
        ((NodeEvent) event)
                .getAnchor()
                .ifPresent(anchor -> anchors.put(anchor, new Anchored(value, values - before)));
        return value;
    }

    private void count(int more) {
        values += more;
        if (values > VALUES_MAX) {
            throw new JsonSyntaxException("yaml: more than " + VALUES_MAX + " values");
        }
    }

    private JsonArray sequence(int depth) {
        List<Json> items = new ArrayList<>();
        for (Event event = events.next();
                event.getEventId() != Event.ID.SequenceEnd;
                event = events.next()) {
            items.add(value(event, depth + 1));
        }
        return new JsonArray(items);
    }

    private JsonObject mapping(int depth) {
        JsonObject.Builder members = JsonObject.builder();
        List<Json> merged = new ArrayList<>();
        for (Event event = events.next();
                event.getEventId() != Event.ID.MappingEnd;
                event = events.next()) {
            boolean merge =
                    event instanceof ScalarEvent key
                            && key.isPlain()
                            && key.getValue().equals("<<");
            Json key = value(event, depth + 1);
            Json member = value(events.next(), depth + 1);
            if (!merge) {
                if (members.putNew(keyText(key), member) != null) {
                    members.put(keyText(key), member);
                    long line = event.getStartMark().map(mark -> mark.getLine() + 1L).orElse(0L);
                    repeated.add(
                            "line %d: key %s already set in map"
                                    .formatted(line, JsonWriter.text(Json.of(keyText(key)))));
                }
            } else if (member instanceof JsonArray several) {
                merged.addAll(several.items());
            } else {
                merged.add(member);
            }
        }
        JsonObject own = members.build();
        return merged.isEmpty() ? own : merged(merged, own);
    }

    /// The members of `<<`, of which earlier ones win, below the mapping's own.
    private static JsonObject merged(List<Json> sources, JsonObject own) {
        JsonObject.Builder all = JsonObject.builder();
        for (Json source : sources.reversed()) {
            if (!(source instanceof JsonObject members)) {
                throw new JsonSyntaxException("yaml: map merge requires map or sequence of maps");
            }
            members.forEach(all::put);
        }
        own.forEach(all::put);
        return all.build();
    }

    private static String keyText(Json key) {
        return switch (key) {
            case JsonString string -> string.value();
            case JsonNumber number -> number.toString();
            case JsonBoolean flag -> flag.toString();
            case JsonNull ignored -> "null";
            default -> throw new JsonSyntaxException("yaml: a mapping's key is not a scalar");
        };
    }

    private static Json scalar(ScalarEvent scalar) {
        String tag = scalar.getTag().orElse("");
        if (tag.equals("tag:yaml.org,2002:str") || tag.equals("!")) {
            return new JsonString(scalar.getValue());
        }
        return scalar.isPlain()
                ? YamlScalar.resolve(scalar.getValue())
                : new JsonString(scalar.getValue());
    }

    private static String firstLine(String message) {
        return message.lines().limit(2).reduce((a, b) -> a + " " + b).orElse("malformed");
    }
}
