package io.fairlead.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;

/// Carries what a container writes into a FIFO to its log. Container and pump both hold the FIFO open for reading and writing: the
/// container writes on while no pump is there, until the FIFO is full, and waits then. So nothing is lost while Fairlead is away.
///
/// Owned by its own thread but for [#finish].
final class FifoPump implements OutputPump {
    private static final int CHUNK = 32 * 1024;
    private static final byte[] END_MARK =
            "\0\u0004\0end of output\0\u0004\0".getBytes(StandardCharsets.US_ASCII);

    private final Path fifo;
    private final OutputStreamName stream;
    private final ContainerLog log;
    private final RandomAccessFile file;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    private volatile boolean isEnding;

    private FifoPump(Path fifo, OutputStreamName stream, ContainerLog log, RandomAccessFile file) {
        this.fifo = fifo;
        this.stream = stream;
        this.log = log;
        this.file = file;
    }

    static FifoPump start(
            Path fifo, OutputStreamName stream, ContainerLog log, ThreadFactory platformThreads) {
        try {
            FifoPump pump =
                    new FifoPump(fifo, stream, log, new RandomAccessFile(fifo.toFile(), "rw"));
            platformThreads.newThread(pump::run).start();
            return pump;
        } catch (IOException e) {
            throw new NodeException("cannot open " + fifo, e);
        }
    }

    @Override
    public CompletableFuture<Void> finish() {
        // End of file never comes while the pump itself could write; so it writes a mark, which is
        // looked for only from now on.
        isEnding = true;
        try {
            file.write(END_MARK);
        } catch (IOException e) {
            finished.completeExceptionally(new NodeException("cannot finish reading " + fifo, e));
        }
        return finished;
    }

    private void run() {
        byte[] chunk = new byte[CHUNK];
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        try (file) {
            while (true) {
                int count = file.read(chunk, 0, chunk.length);
                if (count < 0) {
                    break;
                }
                if (!isEnding) {
                    log.append(stream, chunk, count);
                    continue;
                }
                tail.write(chunk, 0, count);
                byte[] rest = tail.toByteArray();
                int useful = rest.length - END_MARK.length;
                if (useful >= 0
                        && Arrays.equals(rest, useful, rest.length, END_MARK, 0, END_MARK.length)) {
                    log.append(stream, rest, useful);
                    break;
                }
            }
            finished.complete(null);
        } catch (IOException | RuntimeException e) {
            finished.completeExceptionally(new NodeException("cannot read " + fifo, e));
        }
    }
}
