package io.fairlead.tables;

import io.fairlead.api.ObjectName;
import java.util.Optional;
import java.util.Set;

/// What a table knows of Services, for those who ask whether a change has arrived ([ServiceStates]).
public interface ServiceKnowledge {
    Set<ObjectName> services();

    /// The state of a Service that the table reflects; empty when it knows none of that name.
    Optional<HeldService> held(ObjectName service);

    /// The resource versions of a Service's slices that the table reflects.
    Set<Long> heldSlices(ObjectName service);
}
