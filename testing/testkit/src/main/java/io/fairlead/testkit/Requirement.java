package io.fairlead.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// What a test needs of the machine. A test without it is skipped, and the reason is printed.
public final class Requirement {
    private Requirement() {}

    /// Root, so that namespaces can be made.
    public static void root() {
        require("root".equals(System.getProperty("user.name")), "it is not run by root");
    }

    /// Root, and all these programs on the path.
    public static void rootAnd(String... programs) {
        root();
        for (String program : programs) {
            program(program);
        }
    }

    public static void program(String name) {
        require(find(name).isPresent(), "the program " + name + " is not on the path");
    }

    public static void require(boolean holds, String reasonOtherwise) {
        if (!holds) {
            System.out.println("SKIPPED: " + reasonOtherwise);
        }
        Assumptions.assumeTrue(holds, reasonOtherwise);
    }

    /// The folder of recorded answers of a Kubernetes API server, given as property `fairlead.reference`.
    public static Path reference() {
        String folder = System.getProperty("fairlead.reference", "");
        require(
                !folder.isEmpty(),
                "no folder of recorded answers was given as property fairlead.reference");
        return Path.of(folder);
    }

    /// Where a program is, by the path and the folders that administrators' programs live in.
    public static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/local/bin";
        return Stream.of(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
