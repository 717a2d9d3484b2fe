package io.fairlead.api;

/// JSON's null. It matters in patches, where it removes a member.
public enum JsonNull implements Json {
    NULL;

    @Override
    public String toString() {
        return "null";
    }
}
