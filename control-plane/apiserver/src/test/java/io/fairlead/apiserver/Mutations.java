package io.fairlead.apiserver;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// Makes inputs that are nearly right of ones that are. The same seed makes the same inputs.
final class Mutations {
    private static final String[] WORDS = {
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "null",
        "-",
        "1e999",
        "9223372036854775808",
        "\\u0000",
        "\\ud800",
        "true",
        "&a",
        "*a",
        "<<: *a",
        "!!binary ",
        "|",
        "%",
        "/",
        "~",
        "=",
        "!=",
        "in (",
        "$patch",
        "metadata",
        "spec",
        "status",
        "apiVersion",
        "kind",
        "\t",
        "\n",
        "\0"
    };

    private final Random random;
    private final List<byte[]> seeds;

    Mutations(long seed, List<byte[]> seeds) {
        this.random = new Random(seed);
        this.seeds = List.copyOf(seeds);
    }

    static List<byte[]> ofTexts(String... texts) {
        return java.util.Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    byte[] next() {
        byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
        int steps = random.nextInt(6);
        for (int i = 0; i < steps; i++) {
            bytes = step(bytes);
        }
        return bytes;
    }

    private byte[] step(byte[] bytes) {
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        return switch (random.nextInt(8)) {
            case 0 -> with(bytes, at, (byte) random.nextInt(256));
            case 1 ->
                    with(
                            bytes,
                            at,
                            at < bytes.length ? (byte) (bytes[at] ^ 1 << random.nextInt(8)) : 0);
            case 2 -> spliced(bytes, at, at, word());
            case 3 ->
                    spliced(
                            bytes,
                            at,
                            Math.min(bytes.length, at + 1 + random.nextInt(16)),
                            new byte[0]);
            case 4 -> java.util.Arrays.copyOf(bytes, at);
            case 5 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(64));
                yield spliced(bytes, at, at, java.util.Arrays.copyOfRange(bytes, at, end));
            }
            case 6 -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                yield spliced(
                        bytes,
                        at,
                        bytes.length,
                        java.util.Arrays.copyOfRange(other, from, other.length));
            }
            default -> spliced(bytes, at, at, nested());
        };
    }

    private byte[] word() {
        return WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
    }

    // Depth is what decoders stumble over.
    private byte[] nested() {
        String open = random.nextBoolean() ? "[" : "{\"a\":";
        return open.repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 20_000 : 50))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        if (at < bytes.length) {
            bytes[at] = value;
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] middle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + middle.length);
        out.write(bytes, 0, from);
        out.writeBytes(middle);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
