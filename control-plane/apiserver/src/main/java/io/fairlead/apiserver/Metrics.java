package io.fairlead.apiserver;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Counts requests, and tells about them in the text form that Prometheus reads. Safe for use by many threads.
final class Metrics {
    static final String CONTENT_TYPE =
            "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

    private static final double[] BUCKETS = {0.005, 0.025, 0.1, 0.5, 1, 5, 30};

    private final Map<Labels, LongAdder> requests = new ConcurrentHashMap<>();
    private final Map<String, Durations> durations = new ConcurrentHashMap<>();
    private final LongSupplier revision;
    private final Supplier<String> more;

    /// @param more what others tell, in the same form
    Metrics(LongSupplier revision, Supplier<String> more) {
        this.revision = revision;
        this.more = more;
    }

    private record Labels(String verb, String resource, int code) {}

    private static final class Durations {
        private final LongAdder[] buckets = new LongAdder[BUCKETS.length];
        private final LongAdder count = new LongAdder();
        private final LongAdder micros = new LongAdder();

        Durations() {
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = new LongAdder();
            }
        }

        void add(Duration took) {
            double seconds = took.toNanos() / 1e9;
            for (int i = 0; i < BUCKETS.length; i++) {
                if (seconds <= BUCKETS[i]) {
                    buckets[i].increment();
                }
            }
            count.increment();
            micros.add(took.toNanos() / 1000);
        }
    }

    void count(String verb, String resource, int code, Duration took) {
        requests.computeIfAbsent(new Labels(verb, resource, code), labels -> new LongAdder())
                .increment();
        durations.computeIfAbsent(verb, word -> new Durations()).add(took);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append("# HELP apiserver_request_total Requests answered.\n")
                .append("# TYPE apiserver_request_total counter\n");
        requests.forEach((labels, count) ->
                text.append(
                        "apiserver_request_total{code=\"%d\",resource=\"%s\",verb=\"%s\"} %d\n"
                                .formatted(
                                        labels.code(),
                                        labels.resource(),
                                        labels.verb(),
                                        count.sum())));
        text.append("# HELP apiserver_request_duration_seconds Time until the answer was ready.\n")
                .append("# TYPE apiserver_request_duration_seconds histogram\n");
        new TreeMap<>(durations).forEach((verb, known) -> append(verb, known, text));
        text.append("# HELP fairlead_store_revision The newest visible revision.\n")
                .append("# TYPE fairlead_store_revision gauge\n")
                .append("fairlead_store_revision ")
                .append(revision.getAsLong())
                .append('\n');
        return text.append(more.get()).toString();
    }

    private static void append(String verb, Durations known, StringBuilder text) {
        String name = "apiserver_request_duration_seconds";
        for (int i = 0; i < BUCKETS.length; i++) {
            text.append(
                    "%s_bucket{verb=\"%s\",le=\"%s\"} %d\n"
                            .formatted(name, verb, BUCKETS[i], known.buckets[i].sum()));
        }
        text.append(
                "%s_bucket{verb=\"%s\",le=\"+Inf\"} %d\n".formatted(name, verb, known.count.sum()));
        text.append("%s_sum{verb=\"%s\"} %s\n".formatted(name, verb, known.micros.sum() / 1e6));
        text.append("%s_count{verb=\"%s\"} %d\n".formatted(name, verb, known.count.sum()));
    }
}
