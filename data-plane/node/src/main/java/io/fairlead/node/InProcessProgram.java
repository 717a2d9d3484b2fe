package io.fairlead.node;

import java.io.IOException;

/// A program that can be a container without being a process: its image is `fairlead.io/in-process/NAME`.
@FunctionalInterface
public interface InProcessProgram {
    /// Starts it, without waiting for its end. Threads it needs, it was given when it was made.
    ///
    /// @throws IOException when it cannot start; the message goes into the pod's status
    RunningProgram start(ProgramContext context) throws IOException;
}
