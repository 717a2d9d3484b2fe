package io.fairlead.node;

/// The two streams that a container writes.
enum OutputStreamName {
    STDOUT("stdout"),
    STDERR("stderr");

    private final String text;

    OutputStreamName(String text) {
        this.text = text;
    }

    /// As log files write it.
    String text() {
        return text;
    }
}
