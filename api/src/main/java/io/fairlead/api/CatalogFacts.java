package io.fairlead.api;

import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ResourceType.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads `resources.facts`: a line for a group and version, below it lines for resources, below those for subresources.
final class CatalogFacts {
    private final Map<GroupVersion, List<ApiResource>> resources = new LinkedHashMap<>();

    private CatalogFacts() {}

    static Map<GroupVersion, List<ApiResource>> read() {
        CatalogFacts facts = new CatalogFacts();
        List<String> lines = Facts.lines("resources");
        GroupVersion at = new GroupVersion("", "");
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.startsWith(" ")) {
                String[] words = line.split(" ");
                at = new GroupVersion(words[0].equals("-") ? "" : words[0], words[1]);
                facts.resources.put(at, new ArrayList<>());
            } else if (!line.startsWith("  ")) {
                List<Subresource> subresources = new ArrayList<>();
                for (int j = i + 1; j < lines.size() && lines.get(j).startsWith("  "); j++) {
                    subresources.add(subresource(lines.get(j).strip().split(" ")));
                }
                ApiResource resource = resource(at, line.strip().split(" "), subresources);
                facts.resources.computeIfAbsent(at, missing -> new ArrayList<>()).add(resource);
            }
        }
        return facts.resources;
    }

    private static ApiResource resource(
            GroupVersion at, String[] words, List<Subresource> subresources) {
        Scope scope = words[3].equals("cluster") ? Scope.CLUSTER : Scope.NAMESPACED;
        return new ApiResource(
                new ResourceType(at.group(), at.version(), words[0], words[1], scope),
                words[2],
                list(option(words, "short=")),
                list(option(words, "categories=")),
                verbs(words[4]),
                List.copyOf(subresources),
                SchemaType.named(option(words, "type=")),
                option(words, "hash="));
    }

    private static Subresource subresource(String[] words) {
        String of = option(words, "of=");
        int slash = of.indexOf('/');
        return new Subresource(
                words[0],
                slash < 0 ? "" : of.substring(0, slash),
                slash < 0 ? "" : of.substring(slash + 1),
                words[1],
                verbs(words[2]),
                SchemaType.named(option(words, "type=")));
    }

    private static List<String> verbs(String word) {
        return word.equals("*") ? ApiResource.ALL_VERBS : list(word);
    }

    private static List<String> list(String word) {
        return word.isEmpty() ? List.of() : List.of(word.split(","));
    }

    private static String option(String[] words, String prefix) {
        for (String word : words) {
            if (word.startsWith(prefix)) {
                return word.substring(prefix.length());
            }
        }
        return "";
    }
}
