package io.fairlead.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.ThreadFactory;

/// Hears from the kernel when files of one directory are deleted. The files of BPF objects are the only thing about them of which it tells.
final class DeletedFiles implements AutoCloseable {
    private final WatchService watch;

    private DeletedFiles(WatchService watch) {
        this.watch = watch;
    }

    /// Calls back after each deletion, until this is closed or the directory itself is gone.
    static DeletedFiles listen(Path directory, Runnable deleted, ThreadFactory threads) {
        try {
            WatchService watch = directory.getFileSystem().newWatchService();
            directory.register(watch, StandardWatchEventKinds.ENTRY_DELETE);
            threads.newThread(() -> listen(watch, deleted)).start();
            return new DeletedFiles(watch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void listen(WatchService watch, Runnable deleted) {
        try {
            boolean isThere = true;
            while (isThere) {
                WatchKey key = watch.take();
                key.pollEvents();
                isThere = key.reset();
                deleted.run();
            }
        } catch (ClosedWatchServiceException e) {
            // Nobody listens any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
