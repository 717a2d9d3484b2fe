package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProtobufReaderTest {
    @Test
    void readsScalarsMapsAndInlinedMessages() {
        byte[] metadata = message(text(1, "p"), bytes(11, message(text(1, "app"), text(2, "web"))));
        byte[] quantity = message(text(1, "64Mi"));
        byte[] volume =
                message(
                        text(1, "v"),
                        bytes(
                                2,
                                message(bytes(2, message(text(1, "Memory"), bytes(2, quantity))))));
        byte[] spec = message(bytes(1, volume), text(3, "Always"), number(11, 1));
        byte[] pod = message(bytes(1, metadata), bytes(2, spec));

        JsonObject tree = ProtobufReader.read(envelope("v1", "Pod", pod));

        assertThat(tree)
                .isEqualTo(
                        JsonReader.read(
                                """
                                {"kind":"Pod","apiVersion":"v1",
                                 "metadata":{"name":"p","labels":{"app":"web"}},
                                 "spec":{"volumes":[{"name":"v","emptyDir":{"medium":"Memory","sizeLimit":"64Mi"}}],
                                         "restartPolicy":"Always","hostNetwork":true}}
                                """));
    }

    @Test
    void leavesOutZeroValuesAsGoDoes() {
        byte[] port = message(text(1, ""), text(2, "TCP"), number(3, 80), number(5, 0));
        byte[] service = message(bytes(2, message(bytes(1, port))));

        JsonObject tree = ProtobufReader.read(envelope("v1", "Service", service));

        assertThat(tree.list("spec", "ports").getFirst())
                .isEqualTo(JsonReader.read("{\"protocol\":\"TCP\",\"port\":80}"));
    }

    @Test
    void readsSchemasOfCustomResources() {
        byte[] text = message(text(5, "string"), bytes(20, message(text(1, "\"x\""))));
        byte[] list = message(text(5, "array"), bytes(24, message(bytes(1, text))));
        byte[] map = message(text(5, "object"), bytes(30, message(number(1, 1))));
        byte[] typed = message(bytes(30, message(number(1, 0), bytes(2, text))));
        byte[] schema =
                message(
                        text(1, ""),
                        text(5, "object"),
                        bytes(29, message(text(1, "list"), bytes(2, list))),
                        bytes(29, message(text(1, "map"), bytes(2, map))),
                        bytes(29, message(text(1, "typed"), bytes(2, typed))),
                        number(38, 1));
        byte[] version = message(text(1, "v1"), bytes(4, message(bytes(1, schema))));
        byte[] definition = message(bytes(2, message(text(1, "example.com"), bytes(7, version))));

        JsonObject tree =
                ProtobufReader.read(
                        envelope(
                                "apiextensions.k8s.io/v1", "CustomResourceDefinition", definition));

        assertThat(tree.list("spec", "versions").getFirst())
                .isEqualTo(
                        JsonReader.read(
                                """
                                {"name":"v1","schema":{"openAPIV3Schema":{"type":"object","properties":{
                                  "list":{"type":"array","items":{"type":"string","enum":["x"]}},
                                  "map":{"type":"object","additionalProperties":true},
                                  "typed":{"additionalProperties":{"type":"string","enum":["x"]}}},
                                 "x-kubernetes-preserve-unknown-fields":true}}}
                                """));
    }

    @Test
    void refusesWhatIsCutOff() {
        byte[] whole = envelope("v1", "Pod", message(text(3, "abc")));
        byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 1);

        assertThatThrownBy(() -> ProtobufReader.read(cut)).isInstanceOf(JsonSyntaxException.class);
    }

    @Test
    void refusesUnknownKinds() {
        assertThatThrownBy(
                        () -> ProtobufReader.read(envelope("example.com/v1", "Widget", message())))
                .isInstanceOf(JsonSyntaxException.class)
                .hasMessageContaining("Widget");
    }

    private static byte[] envelope(String apiVersion, String kind, byte[] object) {
        byte[] type = message(text(1, apiVersion), text(2, kind));
        return message(new byte[] {'k', '8', 's', 0}, bytes(1, type), bytes(2, object));
    }

    private static byte[] message(byte[]... fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            out.writeBytes(field);
        }
        return out.toByteArray();
    }

    private static byte[] text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(int field, byte[] value) {
        return message(varint((field << 3) | 2), varint(value.length), value);
    }

    private static byte[] number(int field, int value) {
        return message(varint(field << 3), varint(value));
    }

    private static byte[] varint(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int rest = value;
        while (rest > 0x7f) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
        return out.toByteArray();
    }
}
