package io.fairlead.cluster;

import java.text.MessageFormat;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The backend of [System.Logger]: one line a record on standard error, as text or, with `-Dfairlead.log=json`, as JSON. A cluster's process
/// sends its standard error to the cluster's log file.
public final class LineLoggerFinder extends System.LoggerFinder {
    private final Map<String, System.Logger> loggers = new ConcurrentHashMap<>();
    private final boolean isJson = "json".equals(System.getProperty("fairlead.log"));
    private final System.Logger.Level least = leastLevel();

    @Override
    public System.Logger getLogger(String name, Module module) {
        return loggers.computeIfAbsent(name, LineLogger::new);
    }

    private static System.Logger.Level leastLevel() {
        try {
            return System.Logger.Level.valueOf(System.getProperty("fairlead.log.level", "INFO"));
        } catch (IllegalArgumentException e) {
            return System.Logger.Level.INFO;
        }
    }

    private final class LineLogger implements System.Logger {
        private final String name;
        private final boolean isForeign;

        LineLogger(String name) {
            this.name = name;
            this.isForeign = !name.startsWith("io.fairlead");
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            // Libraries talk at INFO about what nobody asked.
            Level needed =
                    isForeign && least.compareTo(Level.WARNING) < 0 && least != Level.ALL
                            ? Level.WARNING
                            : least;
            return level != Level.OFF && level.compareTo(needed) >= 0;
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String message,
                @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                write(level, String.valueOf(message), thrown);
            }
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... values) {
            if (isLoggable(level)) {
                String message = String.valueOf(format);
                // The methods without values pass null.
                write(
                        level,
                        values == null || values.length == 0
                                ? message
                                : MessageFormat.format(message, values),
                        null);
            }
        }

        private void write(Level level, String message, @Nullable Throwable thrown) {
            Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
            StringBuilder line = new StringBuilder(160);
            if (isJson) {
                line.append(
                        io.fairlead.api.JsonObject.builder()
                                .put("time", now.toString())
                                .put("level", level.name())
                                .put("logger", name)
                                .put("message", message)
                                .putUnlessEmpty("error", thrown == null ? "" : thrown.toString())
                                .build());
            } else {
                line.append(now)
                        .append(' ')
                        .append(level)
                        .append(' ')
                        .append(name)
                        .append(' ')
                        .append(message);
            }
            // One print a record, so that threads do not mix their lines.
            synchronized (LineLoggerFinder.this) {
                System.err.println(line);
                if (thrown != null && !isJson) {
                    thrown.printStackTrace(System.err);
                }
            }
        }
    }
}
