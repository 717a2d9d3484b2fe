package io.fairlead.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Writes trees as JSON text.
public final class JsonWriter {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonWriter() {}

    /// Compact UTF-8.
    public static byte[] bytes(Json value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        write(value, out);
        return out.toByteArray();
    }

    public static String text(Json value) {
        return new String(bytes(value), StandardCharsets.UTF_8);
    }

    /// Two-space indentation, as `?pretty=true` asks for.
    public static byte[] prettyBytes(Json value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            generator.useDefaultPrettyPrinter();
            write(value, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static void write(Json value, OutputStream out) {
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            write(value, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Json value, JsonGenerator generator) throws IOException {
        switch (value) {
            case JsonObject object -> {
                generator.writeStartObject();
                for (String name : object.names()) {
                    generator.writeFieldName(name);
                    Json member = object.get(name);
                    write(member == null ? JsonNull.NULL : member, generator);
                }
                generator.writeEndObject();
            }
            case JsonArray array -> {
                generator.writeStartArray();
                for (Json item : array.items()) {
                    write(item, generator);
                }
                generator.writeEndArray();
            }
            case JsonString string -> generator.writeString(string.value());
            case JsonNumber number -> {
                if (number.value() instanceof Long whole) {
                    generator.writeNumber(whole);
                } else {
                    generator.writeNumber(number.value().doubleValue());
                }
            }
            case JsonBoolean flag -> generator.writeBoolean(flag.value());
            case JsonNull ignored -> generator.writeNull();
        }
    }
}
