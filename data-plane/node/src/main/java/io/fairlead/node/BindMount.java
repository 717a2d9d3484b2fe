package io.fairlead.node;

import java.nio.file.Path;

/// A file or directory of the node that a container sees.
///
/// @param propagation `None`, `HostToContainer` or `Bidirectional`, as a pod's spec says it
record BindMount(Path source, String destination, Access access, String propagation) {
    enum Access {
        READ_ONLY,
        READ_WRITE
    }

    static BindMount of(Path source, String destination, Access access) {
        return new BindMount(source, destination, access, "None");
    }
}
