package io.fairlead.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program that a test runs to the end, and what it said.
///
/// @param exitStatus 124 when it had to be ended because it took too long
public record Command(List<String> words, int exitStatus, String output) {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /// Runs it and waits; standard error is part of the output.
    public static Command run(String... words) {
        return run(Map.of(), List.of(words));
    }

    public static Command run(Map<String, String> environment, List<String> words) {
        return run(LIMIT, environment, words);
    }

    public static Command run(Duration limit, Map<String, String> environment, List<String> words) {
        try {
            // Through a file, so that a program which leaves a child behind cannot hold the test at
            // an open pipe.
            Path output = Files.createTempFile("fairlead-command", ".out");
            try {
                ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
                builder.redirectOutput(output.toFile())
                        .redirectInput(new java.io.File("/dev/null"));
                builder.environment().putAll(environment);
                Process process = builder.start();
                boolean isOver = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                if (!isOver) {
                    process.destroyForcibly().waitFor();
                }
                String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
                return new Command(words, isOver ? process.exitValue() : 124, text);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + words, e);
        }
    }

    /// This command, which must have succeeded.
    public Command succeeded() {
        if (exitStatus != 0) {
            throw new AssertionError(
                    "%s ended with %d: %s".formatted(String.join(" ", words), exitStatus, output));
        }
        return this;
    }
}
