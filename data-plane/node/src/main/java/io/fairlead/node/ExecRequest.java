package io.fairlead.node;

import java.util.List;

/// A command to run inside a container.
record ExecRequest(List<String> command, Terminal terminal) {
    /// Whether the command sees a terminal; then its error output comes with the ordinary one.
    enum Terminal {
        NONE,
        PRESENT
    }
}
