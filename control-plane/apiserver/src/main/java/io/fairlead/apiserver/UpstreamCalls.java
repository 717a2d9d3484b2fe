package io.fairlead.apiserver;

import io.fairlead.client.Dialer;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Asks other servers something in our own name, and waits for the whole answer. Safe for use by many threads.
final class UpstreamCalls {
    private static final int ANSWER_BYTES_MAX = 16 << 20;

    private final Dialer dialer;
    private final ExecutorService tasks;

    /// @param dialer reaches nodes, and pods on them
    UpstreamCalls(Dialer dialer, ExecutorService tasks) {
        this.dialer = ServiceBackends.dialer(dialer);
        this.tasks = tasks;
    }

    /// Finds the server when it is called, because endpoints come and go.
    interface Place {
        Upstream find() throws IOException;
    }

    /// A whole answer.
    @SuppressWarnings("ArrayRecordComponent")
    record Reply(int code, String reason, byte[] body) {
        boolean isGood() {
            return code / 100 == 2;
        }
    }

    /// @throws IOException when there is no answer in time
    Reply call(
            String method,
            Place place,
            List<Map.Entry<String, String>> headers,
            byte[] body,
            Duration timeout)
            throws IOException {
        AtomicReference<@Nullable UpstreamConnection> open = new AtomicReference<>();
        Future<Reply> answer;
        try {
            answer = tasks.submit(() -> exchange(method, place, headers, body, open));
        } catch (RejectedExecutionException e) {
            throw new IOException("this server is about to end", e);
        }
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("context deadline exceeded", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new IOException(cause == null ? "" : String.valueOf(cause.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("context canceled", e);
        } finally {
            answer.cancel(true);
            UpstreamConnection connection = open.get();
            if (connection != null) {
                connection.close();
            }
        }
    }

    private Reply exchange(
            String method,
            Place place,
            List<Map.Entry<String, String>> headers,
            byte[] body,
            AtomicReference<@Nullable UpstreamConnection> open)
            throws IOException {
        Upstream upstream = place.find();
        UpstreamConnection connection = UpstreamConnection.open(upstream, dialer);
        open.set(connection);
        connection.send(method, upstream, headers, body);
        UpstreamConnection.Head head = connection.readHead();
        try (InputStream in = connection.body(head, method)) {
            return new Reply(head.code(), head.reason(), in.readNBytes(ANSWER_BYTES_MAX));
        }
    }
}
