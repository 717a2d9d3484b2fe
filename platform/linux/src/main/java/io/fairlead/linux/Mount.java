package io.fairlead.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// One line of `/proc/self/mountinfo`.
///
/// @param point where it is mounted
/// @param type the file system's type, such as `overlay` or `nsfs`
/// @param source the device or whatever the file system calls its source
/// @param options the file system's own options
public record Mount(Path point, String type, String source, String options) {

    static Mount parse(String line) {
        String[] fields = line.split(" ", -1);
        int separator = 6;
        while (separator < fields.length && !fields[separator].equals("-")) {
            separator++;
        }
        if (separator + 3 >= fields.length) {
            throw new IllegalArgumentException("not a line of mountinfo: " + line);
        }
        return new Mount(
                Path.of(unescaped(fields[4])),
                fields[separator + 1],
                unescaped(fields[separator + 2]),
                unescaped(fields[separator + 3]));
    }

    /// The kernel writes space, tab, newline and backslash as octal escapes.
    private static String unescaped(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        byte[] escaped = field.getBytes(StandardCharsets.UTF_8);
        byte[] plain = new byte[escaped.length];
        int length = 0;
        for (int i = 0; i < escaped.length; i++) {
            if (escaped[i] == '\\' && i + 3 < escaped.length) {
                String octal = new String(escaped, i + 1, 3, StandardCharsets.US_ASCII);
                plain[length++] = (byte) Integer.parseInt(octal, 8);
                i += 3;
            } else {
                plain[length++] = escaped[i];
            }
        }
        return new String(plain, 0, length, StandardCharsets.UTF_8);
    }
}
