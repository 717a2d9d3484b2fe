package io.fairlead.cluster;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.client.Dialer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Asks by a connection to the holder's own address.
///
/// The sockets may come from another network namespace, which no HTTP client of the JDK can use; so the one exchange there is is written by hand. The
/// answerers close the connection after it.
final class DialledDoor implements HolderDoor {
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

    private final Dialer dialer;

    DialledDoor(Dialer dialer) {
        this.dialer = dialer;
    }

    /// By sockets of this process's own network.
    static DialledDoor here(Duration connectWithin) {
        return new DialledDoor((_, address) -> {
            SocketChannel channel = SocketChannel.open();
            try {
                channel.socket().connect(address, Math.toIntExact(connectWithin.toMillis()));
                return channel;
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        });
    }

    @Override
    public JsonObject post(Holder holder, String path, JsonObject body, Duration limit)
            throws IOException {
        return exchange(holder, "POST " + path, JsonWriter.bytes(body), limit);
    }

    /// Like [#post], of what is asked by the path alone.
    JsonObject get(Holder holder, String path, Duration limit) throws IOException {
        return exchange(holder, "GET " + path, new byte[0], limit);
    }

    private JsonObject exchange(Holder holder, String request, byte[] content, Duration limit)
            throws IOException {
        String head =
                """
                %s HTTP/1.1\r
                Host: %s\r
                Content-Type: application/json\r
                Content-Length: %d\r
                Connection: close\r
                \r
                """
                        .formatted(request, holder.name(), content.length);
        InetSocketAddress address =
                new InetSocketAddress(holder.address().toInetAddress(), Holder.PORT);
        try (SocketChannel channel = dialer.dial(holder.node(), address)) {
            channel.socket().setSoTimeout(Math.toIntExact(limit.toMillis()));
            OutputStream out = channel.socket().getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(content);
            out.flush();
            return answer(channel.socket().getInputStream().readAllBytes());
        }
    }

    private static JsonObject answer(byte[] bytes) throws IOException {
        int end = endOfHead(bytes);
        String[] status = new String(bytes, 0, end, StandardCharsets.US_ASCII).split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new IOException("it does not speak HTTP");
        }
        if (!status[1].equals("200")) {
            throw new IOException("it answers " + status[1] + ", so it is not Fairlead's");
        }
        try {
            byte[] body = new byte[bytes.length - end];
            System.arraycopy(bytes, end, body, 0, body.length);
            return JsonReader.readObject(body);
        } catch (JsonSyntaxException e) {
            throw new IOException("it answers what is not JSON", e);
        }
    }

    private static int endOfHead(byte[] bytes) throws IOException {
        for (int at = 0; at + END_OF_HEAD.length <= bytes.length; at++) {
            if (java.util.Arrays.equals(
                    bytes, at, at + END_OF_HEAD.length, END_OF_HEAD, 0, END_OF_HEAD.length)) {
                return at + END_OF_HEAD.length;
            }
        }
        throw new IOException("it closes the connection without an answer");
    }
}
