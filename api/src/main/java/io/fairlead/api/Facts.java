package io.fairlead.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The files of facts about Kubernetes' own kinds that this module ships; `facts/generate` writes them and tells their form.
final class Facts {
    private Facts() {}

    /// The lines of a file, none when there is no such file.
    static List<String> lines(String name) {
        try (InputStream in = Facts.class.getResourceAsStream(name + ".facts")) {
            return in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("facts " + name, e);
        }
    }
}
