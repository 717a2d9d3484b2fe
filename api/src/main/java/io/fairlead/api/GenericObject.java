package io.fairlead.api;

/// An object of any type.
public record GenericObject(JsonObject tree) implements ApiObject {}
