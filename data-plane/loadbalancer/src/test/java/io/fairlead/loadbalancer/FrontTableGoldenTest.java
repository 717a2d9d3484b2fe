package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.YamlReader;
import io.fairlead.nftables.RulesetPrinter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A folder with `input.yaml` and what is made of it: the table, the order in which nodes announce each address, and the elements of the rules. `-Dgolden.update=true` rewrites them.
class FrontTableGoldenTest {
    private static final Path ROOT = Path.of("src/test/resources/fronts");
    private static final Map<String, Integer> NUMBERS =
            Map.of("node-1", 1, "node-2", 2, "node-3", 3);

    private FrontTable table = FrontTable.EMPTY;

    static Stream<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(ROOT)) {
            return folders.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void means(Path folder) throws IOException {
        Objects objects = new Objects((snapshot, delta) -> table = table.apply(snapshot, delta));
        YamlReader.readAll(Files.readString(folder.resolve("input.yaml")))
                .forEach(object -> objects.put((JsonObject) object));
        assertOutput(folder.resolve("table.txt"), table.print());
        StringJoiner order = new StringJoiner("\n", "", "\n");
        table.addresses()
                .forEach((address, nodes) ->
                        order.add(address + "  " + String.join(" ", Ranking.of(address, nodes))));
        assertOutput(folder.resolve("announced.txt"), order.toString());
        StringBuilder rules = new StringBuilder();
        for (IpFamily family : IpFamily.values()) {
            FrontRules compiled =
                    FrontRules.empty(family, "fairlead", NUMBERS)
                            .with(
                                    table,
                                    LoadBalancerPool.parse("192.0.2.0/24,2001:db8::/120").cidrs());
            rules.append(RulesetPrinter.print(compiled.ruleset()));
        }
        // The frame is the same whatever the Services: only sets with elements tell of them.
        assertOutput(folder.resolve("rules.nft"), elements(rules.toString()));
    }

    private static String elements(String rules) {
        StringJoiner kept = new StringJoiner("\n", "", "\n");
        String set = "";
        boolean isElement = false;
        for (String line : rules.lines().toList()) {
            String[] words = line.strip().split(" ", -1);
            if (words[0].equals("table")) {
                kept.add(line.strip());
            } else if (words[0].equals("map") || words[0].equals("set")) {
                set = words[1];
            } else if (words[0].equals("elements")) {
                isElement = true;
            } else if (words[0].equals("}")) {
                isElement = false;
            } else if (isElement) {
                kept.add("  " + set + "  " + line.strip());
            }
        }
        return kept.toString();
    }

    private static void assertOutput(Path file, String actual) {
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.writeString(file, actual);
            }
            assertThat(actual).isEqualTo(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
