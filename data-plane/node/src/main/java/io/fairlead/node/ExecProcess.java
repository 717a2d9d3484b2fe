package io.fairlead.node;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/// A process started inside a running container.
interface ExecProcess {
    OutputStream input();

    InputStream output();

    /// Always at its end where there is a terminal.
    InputStream error();

    void resize(int columns, int rows);

    /// Its exit status, after it has ended.
    CompletableFuture<Integer> exit();

    void kill();
}
