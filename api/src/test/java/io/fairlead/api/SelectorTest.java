package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelectorTest {
    private static final Map<String, String> LABELS =
            Map.of("app", "web", "tier", "a", "example.com/n", "5");

    @Test
    void everyOperatorOfTheTextFormSelects() {
        for (String text :
                List.of(
                        "",
                        "app",
                        "app=web",
                        "app==web",
                        "app != db",
                        "!old",
                        "tier in (a, b)",
                        "tier notin (c,d),app",
                        "old notin (x)",
                        "example.com/n>4",
                        "example.com/n < 6",
                        "in notin (x)")) {
            assertThat(LabelSelector.parse(text).matches(LABELS)).as(text).isTrue();
        }
        for (String text :
                List.of("old", "app=db", "app!=web", "!app", "tier in (b)", "tier in ()", "app=")) {
            assertThat(LabelSelector.parse(text).matches(LABELS)).as(text).isFalse();
        }
    }

    @Test
    void complainsAsClientsExpect() {
        assertThatThrownBy(() -> LabelSelector.parse("n in a"))
                .hasMessage("unable to parse requirement: found 'a' expected: '('");
        assertThatThrownBy(() -> LabelSelector.parse("a b"))
                .hasMessage(
                        "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=,"
                                + " gt, lt");
        assertThatThrownBy(() -> LabelSelector.parse(",a")).isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> LabelSelector.parse("a in (b")).isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> LabelSelector.parse("-a=b")).isInstanceOf(ApiException.class);
    }

    @Test
    void objectFormSelects() {
        JsonObject selector =
                YamlReader.readObjects(
                                """
                                matchLabels: {app: web}
                                matchExpressions:
                                - {key: tier, operator: In, values: [a, b]}
                                - {key: old, operator: DoesNotExist}
                                """)
                        .getFirst();
        assertThat(LabelSelector.of(selector).matches(LABELS)).isTrue();
        assertThat(LabelSelector.of(selector).matches(Map.of("app", "web"))).isFalse();
        assertThat(LabelSelector.of(JsonObject.EMPTY).isEverything()).isTrue();
        assertThat(LabelSelector.NOTHING.matches(LABELS)).isFalse();
    }

    @Test
    void fieldsSelectWithinWhatTheTypeAllows() {
        JsonObject pod =
                YamlReader.readObjects(
                                "{metadata: {name: p, namespace: n}, spec: {nodeName: node-1},"
                                        + " status: {phase: Running}}")
                        .getFirst();
        assertThat(
                        FieldSelector.parse(
                                        "spec.nodeName=node-1,status.phase!=Failed,metadata.name==p",
                                        ResourceType.POD)
                                .matches(pod))
                .isTrue();
        assertThat(FieldSelector.parse("spec.nodeName=", ResourceType.POD).matches(pod)).isFalse();
        assertThat(
                        FieldSelector.parse("spec.unschedulable=false", ResourceType.NODE)
                                .matches(JsonObject.EMPTY))
                .isTrue();
        assertThatThrownBy(() -> FieldSelector.parse("data.x=y", ResourceType.SECRET))
                .hasMessage("field label not supported: data.x");
        assertThatThrownBy(() -> FieldSelector.parse("metadata.name", ResourceType.SECRET))
                .hasMessage("invalid selector: 'metadata.name'; can't understand 'metadata.name'");
    }

    @Test
    void quantitiesCompareAddAndPrintCanonically() {
        Map<String, String> canonical =
                Map.ofEntries(
                        Map.entry("1000m", "1"),
                        Map.entry("0.5", "500m"),
                        Map.entry("1024Mi", "1Gi"),
                        Map.entry("1.5Gi", "1536Mi"),
                        Map.entry("100m", "100m"),
                        Map.entry("2e3", "2e3"),
                        Map.entry("1E", "1E"),
                        Map.entry("512", "512"),
                        Map.entry("1500", "1500"),
                        Map.entry("0.5Ki", "512"),
                        Map.entry("0", "0"),
                        Map.entry("-1500m", "-1500m"),
                        Map.entry("1n", "1n"));
        canonical.forEach((text, expected) ->
                assertThat(Quantity.parse(text).toString()).as(text).isEqualTo(expected));
        assertThat(Quantity.parse("1Gi")).isEqualTo(Quantity.parse("1073741824"));
        assertThat(Quantity.parse("100m").plus(Quantity.parse("1")).toString()).isEqualTo("1100m");
        assertThat(Quantity.parse("1.0001").milliValue()).isEqualTo(1001);
        for (String bad : List.of("", "abc", "1.2.3", "1Zi", "--1", "1e", "1e999999")) {
            assertThat(Quantity.parseOrNull(bad)).as(bad).isNull();
        }
    }

    @Test
    void percentagesScale() {
        IntOrString quarter = IntOrString.of(Json.of("25%"));
        assertThat(quarter.scaled(3, IntOrString.Rounding.UP)).isEqualTo(1);
        assertThat(quarter.scaled(3, IntOrString.Rounding.DOWN)).isEqualTo(0);
        assertThat(IntOrString.of(Json.of(2)).scaled(9, IntOrString.Rounding.UP)).isEqualTo(2);
    }
}
