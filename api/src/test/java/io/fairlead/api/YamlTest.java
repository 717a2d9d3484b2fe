package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class YamlTest {
    @Test
    void readsScalarsAsKubernetesDoes() {
        assertThat(one("{a: yes, b: off, c: 010, d: 0x10, e: 1.5, f: 1e3, g: ~, h: '1', i: 1.2.3}"))
                .isEqualTo(
                        JsonReader.read(
                                """
                                {"a":true,"b":false,"c":8,"d":16,"e":1.5,"f":1000.0,"g":null,"h":"1","i":"1.2.3"}\
                                """));
        assertThat(one("[2026-01-31, 10.0.0.1, -5, +5, 1_000, 100m, .5]"))
                .isEqualTo(
                        JsonReader.read(
                                """
                                ["2026-01-31","10.0.0.1",-5,5,1000,"100m",0.5]\
                                """));
    }

    @Test
    void readsEveryDocumentAndLeavesOutEmptyOnes() {
        List<JsonObject> objects =
                YamlReader.readObjects("---\na: 1\n---\n# nothing\n---\nb: |\n  x\n  y\n");
        assertThat(objects)
                .containsExactly(
                        JsonObject.of("a", Json.of(1)), JsonObject.of("b", Json.of("x\ny\n")));
    }

    @Test
    void unfoldsAnchorsAndMergeKeys() {
        assertThat(one("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n"))
                .isEqualTo(JsonReader.read("{\"x\":{\"a\":1,\"b\":2},\"z\":{\"a\":1,\"b\":3}}"));
    }

    @Test
    void refusesWhatUnfoldsWithoutEnd() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 10; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(10)));
        }
        assertThatThrownBy(() -> YamlReader.readAll(bomb.toString()))
                .isInstanceOf(JsonSyntaxException.class);
        assertThatThrownBy(() -> YamlReader.readAll("[".repeat(5000)))
                .isInstanceOf(JsonSyntaxException.class);
        assertThatThrownBy(() -> YamlReader.readAll("a: [b\n c: d"))
                .isInstanceOf(JsonSyntaxException.class);
        assertThatThrownBy(() -> YamlReader.readAll("a: *missing"))
                .isInstanceOf(JsonSyntaxException.class);
    }

    @Test
    void whatIsWrittenReadsBackTheSame() {
        Json tree =
                JsonReader.read(
                        """
                        {"z":[{"a":[],"b":{}},[1,[2]],"x: y","# no","","true","1","2026-01-31T00:00:00Z","é"," lead","a\\tb"],
                         "text":"one\\n  two\\n","cut":"one\\ntwo","odd":"\\nfirst","trail":"a\\n\\n","y":null,"n":-1.5,"-":"-","on":"key"}\
                        """);
        assertThat(YamlReader.readAll(YamlWriter.text(tree))).containsExactly(tree);
    }

    @Test
    void writesTheFormThatKubernetesWrites() {
        assertThat(
                        YamlWriter.text(
                                one(
                                        "{metadata: {name: c}, data: {b: \"1\", a: b}, l: [{k: v,"
                                                + " j: w}]}")))
                .isEqualTo("data:\n  a: b\n  b: \"1\"\nl:\n- j: w\n  k: v\nmetadata:\n  name: c\n");
    }

    private static Json one(String yaml) {
        return YamlReader.readAll(yaml).getFirst();
    }
}
