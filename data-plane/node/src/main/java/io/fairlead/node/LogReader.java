package io.fairlead.node;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;

/// Copies a container's log to a reader, as a [LogQuery] asks. Belongs to one thread, which it may hold up for as long as the
/// container runs.
final class LogReader {
    private final ContainerLog log;
    private final LogQuery query;
    private final OutputStream out;
    private long sent;
    private boolean isAtLineStart = true;

    LogReader(ContainerLog log, LogQuery query, OutputStream out) {
        this.log = log;
        this.query = query;
        this.out = out;
    }

    /// Returns when everything asked for has been sent.
    void copy() throws IOException, InterruptedException {
        if (!Files.exists(log.file())) {
            if (query.ending() == LogQuery.Ending.STOP || !log.awaitMore(0)) {
                return;
            }
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(log.file()))) {
            long skip = query.tailLines().isPresent() ? tailStart() : 0;
            in.skipNBytes(skip);
            long position = skip;
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                int next = in.read();
                if (next < 0) {
                    out.flush();
                    if (query.ending() == LogQuery.Ending.STOP || !log.awaitMore(position)) {
                        return;
                    }
                    continue;
                }
                position++;
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                if (!send(line.toByteArray())) {
                    return;
                }
                line.reset();
            }
        }
    }

    /// Whether more is wanted.
    private boolean send(byte[] encoded) throws IOException {
        Optional<LogLine> parsed = LogLine.parse(encoded);
        if (parsed.isEmpty()) {
            return true;
        }
        LogLine line = parsed.get();
        if (query.since().isPresent() && line.time().isBefore(query.since().get())) {
            return true;
        }
        if (query.prefix() == LogQuery.Prefix.TIME && isAtLineStart) {
            String prefix = LogLine.timeText(line.time()) + " ";
            if (!put(prefix.getBytes(StandardCharsets.US_ASCII))) {
                return false;
            }
        }
        boolean isFull = line.completeness() == LogLine.Completeness.FULL;
        isAtLineStart = isFull;
        return put(line.text()) && (!isFull || put(new byte[] {'\n'}));
    }

    private boolean put(byte[] bytes) throws IOException {
        long room = query.limitBytes().orElse(Long.MAX_VALUE) - sent;
        int count = (int) Math.min(room, bytes.length);
        out.write(bytes, 0, count);
        sent += count;
        return sent < query.limitBytes().orElse(Long.MAX_VALUE);
    }

    /// Where the last lines begin that the query wants. Partial lines count as one with what they belong to.
    private long tailStart() throws IOException {
        long wanted = query.tailLines().orElse(0);
        long[] starts = new long[Math.clamp(wanted, 0, 1_000_000) + 1];
        long full = 0;
        long position = 0;
        starts[0] = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(log.file()))) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int next;
            while ((next = in.read()) >= 0) {
                position++;
                if (next == '\n') {
                    boolean endsLine =
                            LogLine.parse(line.toByteArray())
                                    .map(LogLine::completeness)
                                    .filter(LogLine.Completeness.FULL::equals)
                                    .isPresent();
                    if (endsLine) {
                        full++;
                        starts[(int) (full % starts.length)] = position;
                    }
                    line.reset();
                } else {
                    line.write(next);
                }
            }
        }
        boolean hasRest = position > starts[(int) (full % starts.length)];
        long lines = full + (hasRest ? 1 : 0);
        if (lines <= wanted) {
            return 0;
        }
        return starts[(int) ((lines - wanted) % starts.length)];
    }
}
