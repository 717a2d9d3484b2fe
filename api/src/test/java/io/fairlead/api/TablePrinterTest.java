package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TablePrinterTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    @Test
    void rowsAreAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (String name : Reference.names("tables/rows")) {
            JsonObject recorded = Reference.object("tables/rows/" + name + ".json");
            for (Json row : recorded.list("rows")) {
                JsonObject object = row.object("object");
                ResourceType type =
                        ApiCatalog.builtIn()
                                .ofKind(object.text("apiVersion"), object.text("kind"))
                                .orElseThrow()
                                .type();
                List<Json> cells = TablePrinter.cells(object, type, NOW).items();
                List<Json> expected = row.list("cells");
                List<String> columns =
                        TablePrinter.columns(type).items().stream()
                                .map(column -> column.text("name"))
                                .toList();
                assertThat(cells).as(name).hasSameSizeAs(expected).hasSameSizeAs(columns);
                for (int i = 0; i < cells.size(); i++) {
                    boolean age = expected.get(i).text().equals("<age>");
                    if (!age && !cells.get(i).equals(expected.get(i))) {
                        differences.add(
                                "%s: %s is %s, should be %s"
                                        .formatted(
                                                name,
                                                columns.get(i),
                                                cells.get(i),
                                                expected.get(i)));
                    }
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void everyListableKindHasARowForItsColumns() {
        ApiCatalog.builtIn()
                .all()
                .filter(resource -> resource.allows("list"))
                .forEach(resource ->
                        assertThat(
                                        TablePrinter.cells(JsonObject.EMPTY, resource.type(), NOW)
                                                .size())
                                .as(resource.type().toString())
                                .isEqualTo(TablePrinter.columns(resource.type()).size()));
    }

    @Test
    void agesHaveTwoUnitsAtMost() {
        assertThat(AgeText.of(Duration.ofSeconds(119))).isEqualTo("119s");
        assertThat(AgeText.of(Duration.ofSeconds(310))).isEqualTo("5m10s");
        assertThat(AgeText.of(Duration.ofMinutes(90))).isEqualTo("90m");
        assertThat(AgeText.of(Duration.ofMinutes(200))).isEqualTo("3h20m");
        assertThat(AgeText.of(Duration.ofHours(30))).isEqualTo("30h");
        assertThat(AgeText.of(Duration.ofHours(76))).isEqualTo("3d4h");
        assertThat(AgeText.of(Duration.ofDays(100))).isEqualTo("100d");
        assertThat(AgeText.of(Duration.ofDays(800))).isEqualTo("2y70d");
    }
}
