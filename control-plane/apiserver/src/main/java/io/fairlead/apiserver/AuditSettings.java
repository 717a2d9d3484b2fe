package io.fairlead.apiserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What is told of requests, and where.
///
/// @param file one line of JSON for each event; empty for standard output
/// @param bytesMax how large the file becomes before it is put aside
/// @param kept how long files that were put aside stay; zero for ever
/// @param filesMax how many of them stay; zero for all
public record AuditSettings(
        AuditPolicy policy, Optional<Path> file, long bytesMax, Duration kept, int filesMax) {}
