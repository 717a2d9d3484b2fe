package io.fairlead.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The modules' POMs draw exactly the arrows of the table in ARCHITECTURE.md.
class ArrowsTest {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z/-]+)/` \\|[^|]*\\| ([^|]*?) ?\\|$");
    private static final Pattern DEPENDENCY =
            Pattern.compile(
                    "<dependency>\\s*<groupId>io\\.fairlead</groupId>\\s*<artifactId>fairlead-([a-z-]+)</artifactId>"
                            + "(?:\\s*<scope>(\\w+)</scope>)?");

    @Test
    void everyModuleStandsInTheTable() {
        Set<String> modules = new TreeSet<>();
        Project.modules().forEach(module -> modules.add(module.toString()));

        assertThat(table().keySet()).isEqualTo(modules);
    }

    @Test
    void pomsDrawTheArrowsOfTheTable() {
        Map<String, Set<String>> drawn = new TreeMap<>();
        for (Path module : Project.modules()) {
            Set<String> uses = new TreeSet<>();
            String pom = Project.text(Project.ROOT.resolve(module).resolve("pom.xml"));
            Matcher dependency = DEPENDENCY.matcher(pom);
            while (dependency.find()) {
                if (!"test".equals(dependency.group(2))) {
                    uses.add(dependency.group(1));
                }
            }
            drawn.put(module.toString(), uses);
        }

        assertThat(drawn).isEqualTo(table());
    }

    @Test
    void controlPlaneAndDataPlaneNeverSeeEachOther() {
        Set<String> control = namesBelow("control-plane/");
        Set<String> data = namesBelow("data-plane/");

        table().forEach((module, uses) -> {
            if (module.startsWith("control-plane/")) {
                assertThat(uses).as(module).doesNotContainAnyElementsOf(data);
            } else if (module.startsWith("data-plane/")) {
                assertThat(uses).as(module).doesNotContainAnyElementsOf(control);
            }
        });
    }

    private static Set<String> namesBelow(String group) {
        Set<String> names = new TreeSet<>();
        table().keySet().stream()
                .filter(module -> module.startsWith(group))
                .forEach(module -> names.add(module.substring(group.length())));
        return names;
    }

    private static Map<String, Set<String>> table() {
        Map<String, Set<String>> table = new TreeMap<>();
        Matcher row = ROW.matcher(Project.text("ARCHITECTURE.md"));
        while (row.find()) {
            Set<String> uses = new TreeSet<>();
            Arrays.stream(row.group(2).split("[ ,]+"))
                    .filter(use -> use.matches("[a-z-]+"))
                    .forEach(uses::add);
            table.put(row.group(1), uses);
        }
        return table;
    }
}
