package io.fairlead.cluster;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// A part of a cluster that can be left out with `--without`, for everybody who brings their own.
public enum Component {
    SCHEDULER("scheduler", "assigns pods to nodes"),
    DEPLOYMENTS("deployments", "runs deployments and replica sets"),
    ENDPOINTS("endpoints", "keeps endpoints and endpoint slices"),
    GARBAGE_COLLECTOR("garbage-collector", "removes what nobody owns"),
    NODE_LIFECYCLE("node-lifecycle", "marks nodes that do not answer"),
    PROXY("proxy", "makes Services answer on every node"),
    DNS("dns", "makes names resolve");

    private final String word;
    private final String purpose;

    Component(String word, String purpose) {
        this.word = word;
        this.purpose = purpose;
    }

    public String word() {
        return word;
    }

    public String purpose() {
        return purpose;
    }

    public static Optional<Component> find(String word) {
        return Arrays.stream(values()).filter(component -> component.word.equals(word)).findFirst();
    }

    /// Every word, separated by commas, for messages.
    public static String words() {
        return Arrays.stream(values()).map(Component::word).collect(Collectors.joining(", "));
    }
}
