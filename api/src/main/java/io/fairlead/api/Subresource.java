package io.fairlead.api;

import java.util.List;

/// A part of an object that has a URL of its own, such as `status` or `scale`.
///
/// @param group of its kind, empty where it is the resource's own
/// @param version of its kind, empty where it is the resource's own
public record Subresource(
        String name,
        String group,
        String version,
        String kind,
        List<String> verbs,
        SchemaType schema) {}
