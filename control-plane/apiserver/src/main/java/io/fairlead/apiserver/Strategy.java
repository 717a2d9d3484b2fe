package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import java.util.Optional;
import java.util.OptionalLong;

/// What is special about writing objects of one kind. The defaults suit a kind with nothing special about it.
///
/// Strategies keep nothing between calls: what they need to know is in the snapshot of the [Write].
interface Strategy {
    /// The new object before defaults and validation.
    default JsonObject onCreate(JsonObject object, Write write) {
        return object;
    }

    /// The changed object before defaults and validation.
    default JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        return after;
    }

    /// Refuses a new object without a name before anybody asks for one, where the kind has an earlier objection.
    default void onNameless(JsonObject object, Claims claims) {}

    /// Tells the sender what is allowed but unwise. The object is valid.
    ///
    /// @param before empty when the object is being made
    default void warn(Optional<JsonObject> before, JsonObject after, Write write) {}

    /// Takes what must be unique in the cluster, and gives back what is no longer needed, in the same transaction. The object is valid.
    ///
    /// @param before empty when the object is being made
    /// @throws ApiException when something asked for is taken
    default JsonObject claim(Optional<JsonObject> before, JsonObject after, Claims claims) {
        return after;
    }

    /// The last word about what is stored of a new or changed object, which is valid and has everything it claimed.
    ///
    /// @param before empty when the object is being made
    default JsonObject settle(Optional<JsonObject> before, JsonObject after, Write write) {
        return after;
    }

    /// Gives back everything, because the object is going.
    default void release(JsonObject object, Claims claims) {}

    /// Refuses a deletion.
    default void onDelete(JsonObject object, Write write) {}

    /// Whether objects are marked before they go, also where that takes no time.
    default boolean endsGracefully() {
        return false;
    }

    /// How long the object may take to end; zero when it may go at once.
    default long gracePeriodSeconds(JsonObject object, OptionalLong asked) {
        return 0;
    }

    /// Whether the object may go although nothing but its finalizers is empty.
    default boolean isHeldBack(JsonObject object) {
        return false;
    }

    /// Whether dependents stay when whoever deletes the object does not say what becomes of them.
    default boolean orphansUnlessTold() {
        return false;
    }

    /// Tells whoever deletes the object without a word about its dependents that they stay.
    default void warnOfOrphans(Write write) {}

    /// The object as marked for deletion.
    default JsonObject onMarked(JsonObject object) {
        return object;
    }
}
