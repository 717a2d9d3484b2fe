package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;

/// An object that a controller looks after, whether or not it exists.
public record Key(ResourceType type, ObjectName name) {
    public static Key of(ResourceType type, ApiObject object) {
        return new Key(type, object.objectName());
    }

    @Override
    public String toString() {
        return type.qualifiedPlural() + " " + name;
    }
}
