package io.fairlead.api;

import java.util.Locale;

/// The row of an event, in either of its two versions.
final class EventRow {
    private EventRow() {}

    static boolean fill(TableRow row) {
        JsonObject event = row.object();
        String first = age(row, "firstTimestamp", "deprecatedFirstTimestamp", "eventTime");
        String last = age(row, "lastTimestamp", "deprecatedLastTimestamp", "");
        long count = Math.max(event.number(0, "count"), event.number(0, "deprecatedCount"));
        if (last.isEmpty()) {
            last = first;
        }
        if (event.has("series")) {
            last = row.ageOf("series", "lastObservedTime");
            count = event.number(0, "series", "count");
        }
        JsonObject about = event.object(event.has("regarding") ? "regarding" : "involvedObject");
        String kind = about.text("kind").toLowerCase(Locale.ROOT);
        String name = about.text("name");
        String message =
                event.text("message").isEmpty() ? event.text("note") : event.text("message");
        row.text(last)
                .text(event.text("type"))
                .text(event.text("reason"))
                .text(name.isEmpty() ? kind : kind + "/" + name)
                .text(about.text("fieldPath"))
                .text(source(event))
                .text(message.strip())
                .text(first)
                .number(Math.max(1, count))
                .name();
        return true;
    }

    private static String age(TableRow row, String field, String older, String otherwise) {
        for (String name : new String[] {field, older, otherwise}) {
            if (!name.isEmpty() && row.object().has(name)) {
                return row.ageOf(name);
            }
        }
        return otherwise.isEmpty() ? "" : "<unknown>";
    }

    private static String source(JsonObject event) {
        JsonObject source =
                event.object(event.has("deprecatedSource") ? "deprecatedSource" : "source");
        String component = first(source.text("component"), event.text("reportingComponent"));
        component = first(component, event.text("reportingController"));
        String instance = first(source.text("host"), event.text("reportingInstance"));
        return instance.isEmpty() ? component : component + ", " + instance;
    }

    private static String first(String preferred, String otherwise) {
        return preferred.isEmpty() ? otherwise : preferred;
    }
}
