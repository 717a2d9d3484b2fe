package io.fairlead.apiserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads files of bearer tokens: a line for each, `token,user,uid,"group1,group2"`, as CSV has it (RFC 4180).
public final class StaticTokens {
    private StaticTokens() {}

    /// @throws IllegalArgumentException with a sentence that names file and line
    public static Map<String, User> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the token file %s cannot be read".formatted(file), e);
        }
        Map<String, User> users = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty()) {
                continue;
            }
            List<String> columns = columns(line);
            if (columns.size() < 3 || columns.get(0).isEmpty()) {
                throw new IllegalArgumentException(
                        "the token file %s has no token, user name and user uid in line %d"
                                .formatted(file, i + 1));
            }
            List<String> groups =
                    columns.size() > 3 && !columns.get(3).isEmpty()
                            ? List.of(columns.get(3).split(",", -1))
                            : List.of();
            User user =
                    new User(
                            columns.get(1),
                            columns.get(2),
                            groups.stream().map(String::strip).toList(),
                            Map.of());
            if (users.put(columns.get(0), user) != null) {
                throw new IllegalArgumentException(
                        "the token file %s has the token of line %d twice".formatted(file, i + 1));
            }
        }
        return Map.copyOf(users);
    }

    private static List<String> columns(String line) {
        List<String> columns = new ArrayList<>();
        StringBuilder column = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            boolean isDoubled = isQuoted && i + 1 < line.length() && line.charAt(i + 1) == '"';
            if (c == '"' && isDoubled) {
                column.append('"');
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == ',' && !isQuoted) {
                columns.add(column.toString().strip());
                column.setLength(0);
            } else {
                column.append(c);
            }
        }
        columns.add(column.toString().strip());
        return columns;
    }
}
