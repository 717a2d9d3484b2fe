package io.fairlead.node;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/// One line of a container's log file, in the format of Kubernetes' container runtime interface:
/// `2026-01-02T03:04:05.678901234Z stdout F the text`. A partial line (`P`) goes on in the stream's next line.
@SuppressWarnings("ArrayRecordComponent") // Nobody compares or changes lines.
record LogLine(Instant time, OutputStreamName stream, Completeness completeness, byte[] text) {
    enum Completeness {
        FULL,
        PARTIAL
    }

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'")
                    .withZone(ZoneOffset.UTC);

    static String timeText(Instant time) {
        return TIME.format(time);
    }

    /// The line as it stands in the file, line end included.
    byte[] encoded() {
        String tag = completeness == Completeness.FULL ? " F " : " P ";
        byte[] head =
                (timeText(time) + " " + stream.text() + tag).getBytes(StandardCharsets.US_ASCII);
        byte[] line = Arrays.copyOf(head, head.length + text.length + 1);
        System.arraycopy(text, 0, line, head.length, text.length);
        line[line.length - 1] = '\n';
        return line;
    }

    /// Empty for a line that is not of this format, as a crash may leave one.
    static Optional<LogLine> parse(byte[] line) {
        int first = indexOf(line, 0);
        int second = indexOf(line, first + 1);
        int third = indexOf(line, second + 1);
        if (first < 0 || second < 0 || third < 0) {
            return Optional.empty();
        }
        try {
            Instant time = Instant.parse(new String(line, 0, first, StandardCharsets.US_ASCII));
            String stream =
                    new String(line, first + 1, second - first - 1, StandardCharsets.US_ASCII);
            boolean isPartial = line[second + 1] == 'P';
            return Optional.of(
                    new LogLine(
                            time,
                            stream.equals("stderr")
                                    ? OutputStreamName.STDERR
                                    : OutputStreamName.STDOUT,
                            isPartial ? Completeness.PARTIAL : Completeness.FULL,
                            Arrays.copyOfRange(line, third + 1, line.length)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static int indexOf(byte[] line, int from) {
        for (int i = Math.max(0, from); i < line.length; i++) {
            if (line[i] == ' ') {
                return i;
            }
        }
        return -1;
    }
}
