package io.fairlead.tables;

import io.fairlead.api.ObjectName;
import java.time.Instant;
import java.util.Comparator;

/// The Service port that an entry comes from. The Service's resource version is no part of it, because most new versions
/// change nothing here; [ServiceTable#held] knows it.
///
/// @param created when the Service was created, [Instant#MAX] where that is unknown; the elder of two Services keeps what both claim
/// @param port the port's name, empty for the only port of a Service
public record PortOwner(ObjectName service, String uid, Instant created, String port)
        implements Comparable<PortOwner> {
    private static final Comparator<PortOwner> ORDER =
            Comparator.comparing(PortOwner::created)
                    .thenComparing(PortOwner::service)
                    .thenComparing(PortOwner::uid)
                    .thenComparing(PortOwner::port);

    @Override
    public int compareTo(PortOwner other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return port.isEmpty() ? service.toString() : service + ":" + port;
    }
}
