package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A container whose process was started, whatever became of it. Safe for use by many threads.
interface RunningContainer {
    ContainerIdentity identity();

    Instant started();

    /// Completes when its last process is gone and all its output is in the log.
    CompletableFuture<ContainerExit> exit();

    /// Asks it to end, by the signal that the image names, else SIGTERM. Nothing happens when it has ended.
    void stop();

    /// Ends all its processes at once.
    void kill();

    /// Writes to its standard input, where the pod's spec gave it one.
    void writeInput(byte[] bytes) throws IOException;

    /// After this it reads the end of its input, where its pod wants that to happen once.
    void endInput();

    /// Tells its terminal's size; nothing without one.
    void resize(int columns, int rows);

    /// Gives it other resources than it has; nothing where none are counted.
    ///
    /// @param resources as a container's spec has them
    /// @throws IOException when it keeps those it has
    void adjust(JsonObject resources) throws IOException;

    /// Starts another process in it.
    ///
    /// @throws IOException when that cannot be started; the message is for the user
    ExecProcess exec(ExecRequest request) throws IOException;

    /// The file by which another container can join its process namespace; empty where it has none or has ended.
    Optional<Path> processNamespace();

    /// This program lets go of it: its output is not read any more, and what cannot outlive this program is stopped.
    void leave();

    /// Takes away what it left on the machine, after its end; the log stays.
    void remove();
}
