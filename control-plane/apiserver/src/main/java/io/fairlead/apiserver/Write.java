package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.JsonObject;
import io.fairlead.store.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// One write on its way through admission.
///
/// @param part what of the object is written
/// @param snapshot the state that the write is based on
/// @param manager who owns the fields that change
/// @param warnings for the sender
/// @param annotations for the audit
/// @param applied what a server-side apply sends; empty for other writes
record Write(
        User user,
        ApiResource resource,
        Part part,
        Snapshot<StoredObject> snapshot,
        Instant now,
        String manager,
        boolean isDryRun,
        List<String> warnings,
        Map<String, String> annotations,
        Optional<Applied> applied) {
    /// Of the server itself, which nobody audits.
    Write(
            User user,
            ApiResource resource,
            Part part,
            Snapshot<StoredObject> snapshot,
            Instant now,
            String manager,
            boolean isDryRun,
            List<String> warnings,
            Optional<Applied> applied) {
        this(
                user,
                resource,
                part,
                snapshot,
                now,
                manager,
                isDryRun,
                warnings,
                new ConcurrentHashMap<>(),
                applied);
    }

    /// The parts of an object that have a way in of their own.
    enum Part {
        MAIN,
        STATUS,
        SCALE,
        /// What somebody thinks of a request for a certificate.
        APPROVAL,
        /// Written by the server itself, for a subresource that says what changes.
        INTERNAL
    }

    Write with(Snapshot<StoredObject> newer) {
        return new Write(
                user,
                resource,
                part,
                newer,
                now,
                manager,
                isDryRun,
                warnings,
                annotations,
                applied);
    }

    /// Notes something for the audit; of several notes under one key the first stays.
    void annotate(String key, String value) {
        annotations.putIfAbsent(key, value);
    }

    /// Tells the sender something once, however often the write is tried.
    void warn(String warning) {
        if (!warnings.contains(warning)) {
            warnings.add(warning);
        }
    }

    /// The way in as owners of fields are told it: empty for the object itself.
    String subresource() {
        return switch (part) {
            case MAIN, INTERNAL -> "";
            case STATUS -> "status";
            case SCALE -> "scale";
            case APPROVAL -> "approval";
        };
    }

    /// @param wanted the fields that the manager wants, and none else
    record Applied(JsonObject wanted, boolean isForced) {}

    Write asApply(JsonObject wanted, boolean isForced) {
        return new Write(
                user,
                resource,
                part,
                snapshot,
                now,
                manager,
                isDryRun,
                warnings,
                annotations,
                Optional.of(new Applied(wanted, isForced)));
    }
}
