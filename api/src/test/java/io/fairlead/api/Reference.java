package io.fairlead.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// The folder of recorded answers that some tests compare with; without it they say that they are skipped.
final class Reference {
    private Reference() {}

    static Path folder() {
        String path = System.getProperty("fairlead.reference", "");
        if (path.isEmpty()) {
            System.out.println("skipped: -Dfairlead.reference names no folder of recordings");
        }
        Assumptions.assumeFalse(path.isEmpty(), "no folder of recordings");
        return Path.of(path);
    }

    static Json read(String file) {
        try {
            return JsonReader.read(Files.readAllBytes(folder().resolve(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonObject object(String file) {
        return (JsonObject) read(file);
    }

    /// The names of the files of a folder, without `.json`.
    static List<String> names(String below) {
        try (Stream<Path> files = Files.list(folder().resolve(below))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
