package io.fairlead.tables;

import io.fairlead.api.JsonObject;
import java.util.Optional;

/// Whether something is in effect.
///
/// @param <R> what may be in effect
public interface ArrivalQuestion<R> {
    boolean isArrived(R now);

    /// What is told beside the yes or no.
    ///
    /// @param now empty before anything is in effect
    JsonObject state(Optional<R> now);
}
