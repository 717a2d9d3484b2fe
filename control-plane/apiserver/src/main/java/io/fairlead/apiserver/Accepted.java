package io.fairlead.apiserver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One form of answer that a client accepts and the server can give.
///
/// @param as a kind to show the answer as, such as `Table`; empty for the object itself
/// @param group the API group of `as`
/// @param version the version of `as`
record Accepted(Format format, String as, String group, String version) {
    /// How trees become text.
    enum Format {
        JSON,
        YAML
    }

    static final Accepted PLAIN = new Accepted(Format.JSON, "", "", "");

    /// All acceptable forms, the best first; empty when there is none.
    static List<Accepted> parse(String accept) {
        if (accept.isBlank()) {
            return List.of(PLAIN);
        }
        record Weighted(double weight, Accepted accepted) {}
        List<Weighted> found = new ArrayList<>();
        for (String clause : accept.split(",")) {
            String[] parts = clause.split(";");
            Map<String, String> parameters = new HashMap<>();
            for (int i = 1; i < parts.length; i++) {
                String[] pair = parts[i].strip().split("=", 2);
                parameters.put(pair[0].strip(), pair.length > 1 ? pair[1].strip() : "");
            }
            format(parts[0].strip().toLowerCase(Locale.ROOT))
                    .ifPresent(format ->
                            found.add(
                                    new Weighted(
                                            weight(parameters.getOrDefault("q", "1")),
                                            new Accepted(
                                                    format,
                                                    parameters.getOrDefault("as", ""),
                                                    parameters.getOrDefault("g", ""),
                                                    parameters.getOrDefault("v", "")))));
        }
        found.sort(Comparator.comparingDouble(Weighted::weight).reversed());
        return found.stream().map(Weighted::accepted).toList();
    }

    boolean isPlain() {
        return as.isEmpty();
    }

    boolean isTable() {
        return as.equals("Table") && isOfMetaGroup();
    }

    boolean isMetadata() {
        return as.equals("PartialObjectMetadata") && isOfMetaGroup();
    }

    boolean isMetadataList() {
        return as.equals("PartialObjectMetadataList") && isOfMetaGroup();
    }

    private boolean isOfMetaGroup() {
        return group.equals("meta.k8s.io") && (version.equals("v1") || version.equals("v1beta1"));
    }

    private static Optional<Format> format(String mediaType) {
        return switch (mediaType) {
            case "application/json", "*/*", "application/*" -> Optional.of(Format.JSON);
            case "application/yaml", "application/x-yaml", "text/yaml" -> Optional.of(Format.YAML);
            default -> Optional.empty();
        };
    }

    private static double weight(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
