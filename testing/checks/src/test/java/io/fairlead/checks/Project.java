package io.fairlead.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The checkout that is being checked.
final class Project {
    static final Path ROOT = Path.of(System.getProperty("fairlead.root", "../..")).toAbsolutePath();

    private Project() {}

    static String text(String file) {
        return text(ROOT.resolve(file));
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The folders that hold a `pom.xml` of a module, relative to the root.
    static List<Path> modules() {
        return find("pom.xml").stream()
                .filter(pom -> !ROOT.equals(pom.getParent()))
                .map(pom -> ROOT.relativize(pom.getParent()))
                .toList();
    }

    static List<Path> javaFiles() {
        return find(".java");
    }

    static List<Path> find(String suffix) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .filter(Files::isRegularFile)
                    .filter(file ->
                            !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.git)/.*"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
