package io.fairlead.store;

import io.fairlead.store.CommitResult.Committed;
import io.fairlead.store.Transaction.Anything;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/// A program that writes until it is killed, and says `revision key value` for every write that was acknowledged.
final class AcknowledgingWriter {
    private AcknowledgingWriter() {}

    /// @param arguments the file, the folder of native libraries, a word for the values
    public static void main(String[] arguments) throws InterruptedException {
        SqliteStore<String> store =
                SqliteStore.open(
                        Path.of(arguments[0]),
                        Words.CODEC,
                        Thread.ofPlatform().factory(),
                        new SqliteStore.Options(Path.of(arguments[1]), 500_000));
        Semaphore underWay = new Semaphore(16);
        for (int i = 0; ; i++) {
            underWay.acquire();
            String key = "k" + i % 20;
            String value = arguments[2] + "-" + i;
            var unused =
                    store.commit(
                                    Transaction.<String>builder()
                                            .put(key, value, new Anything())
                                            .build())
                            .thenAccept(result -> {
                                say(((Committed) result).revision() + " " + key + " " + value);
                                underWay.release();
                            });
        }
    }

    /// One write call a line, so that a line is said whole or not at all.
    private static void say(String line) {
        try {
            System.out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
