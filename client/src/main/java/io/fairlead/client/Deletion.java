package io.fairlead.client;

import io.fairlead.api.ApiObject;
import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.util.Optional;

/// How an object is to be deleted. What is left empty, the server decides.
///
/// @param uid delete only the object with this identity, never a successor of the same name; empty means any
/// @param resourceVersion delete only the object as it stood at this version; empty means any
public record Deletion(
        Optional<Propagation> propagation,
        Optional<Duration> grace,
        String uid,
        String resourceVersion) {
    /// What happens to the objects that an object owns.
    public enum Propagation {
        BACKGROUND("Background"),
        FOREGROUND("Foreground"),
        ORPHAN("Orphan");

        private final String word;

        Propagation(String word) {
            this.word = word;
        }
    }

    /// As the server pleases.
    public static final Deletion PLAIN = new Deletion(Optional.empty(), Optional.empty(), "", "");

    /// Of this very object, whatever its version is by now.
    public static Deletion of(ApiObject object) {
        return PLAIN.withUid(object.uid());
    }

    public Deletion with(Propagation wanted) {
        return new Deletion(Optional.of(wanted), grace, uid, resourceVersion);
    }

    /// Zero removes the object at once, without waiting for anybody.
    public Deletion withGrace(Duration wanted) {
        return new Deletion(propagation, Optional.of(wanted), uid, resourceVersion);
    }

    public Deletion withUid(String wanted) {
        return new Deletion(propagation, grace, wanted, resourceVersion);
    }

    public Deletion withResourceVersion(String wanted) {
        return new Deletion(propagation, grace, uid, wanted);
    }

    /// The `DeleteOptions` of the request.
    JsonObject tree() {
        JsonObject.Builder options =
                JsonObject.builder().put("kind", "DeleteOptions").put("apiVersion", "v1");
        propagation.ifPresent(wanted -> options.put("propagationPolicy", wanted.word));
        grace.ifPresent(wanted -> options.put("gracePeriodSeconds", wanted.toSeconds()));
        options.putUnlessEmpty(
                "preconditions",
                JsonObject.builder()
                        .putUnlessEmpty("uid", uid)
                        .putUnlessEmpty("resourceVersion", resourceVersion)
                        .build());
        return options.build();
    }
}
