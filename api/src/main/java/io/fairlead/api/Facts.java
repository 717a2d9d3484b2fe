package io.fairlead.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The files of facts about Kubernetes' own kinds that this module ships; `facts/generate` writes them and tells their form.
final class Facts {
    private Facts() {}

    /// The lines of a file, none when there is no such file.
    static List<String> lines(String name) {
        try (InputStream in = Facts.class.getResourceAsStream(name + ".facts")) {
            return in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("facts " + name, e);
        }
    }

    /// The lines of each type of a package, by the type's bare name. A type's first line begins with its name, and its
    /// fields follow, each behind a space.
    static Map<String, List<String>> types(String folder, String packageName) {
        Map<String, List<String>> types = new HashMap<>();
        List<String> lines = lines(folder + "/" + packageName);
        int start = 0;
        for (int i = 1; i <= lines.size(); i++) {
            if (i == lines.size() || !lines.get(i).startsWith(" ")) {
                String first = lines.get(start);
                int space = first.indexOf(' ');
                types.put(space < 0 ? first : first.substring(0, space), lines.subList(start, i));
                start = i;
            }
        }
        return types;
    }
}
