package io.fairlead.api;

/// Text from outside is not the JSON or YAML it claims to be. The message is one sentence with line and column.
public final class JsonSyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JsonSyntaxException(String message) {
        super(message);
    }
}
