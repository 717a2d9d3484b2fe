package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A folder with `input.yaml` and what is made of it. `-Dgolden.update=true` rewrites the outputs.
record GoldenCase(Path folder) {
    private static final Path ROOT = Path.of("src/test/resources");

    static List<GoldenCase> in(String folder) {
        try (Stream<Path> cases = Files.list(ROOT.resolve(folder))) {
            return cases.sorted().map(GoldenCase::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String input() {
        return read("input.yaml");
    }

    void assertOutput(String file, String actual) {
        if (Boolean.getBoolean("golden.update")) {
            try {
                Files.writeString(folder.resolve(file), actual);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(actual).isEqualTo(read(file));
    }

    @Override
    public String toString() {
        return folder.getFileName().toString().replace('-', ' ');
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
