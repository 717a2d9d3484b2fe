package io.fairlead.apiserver;

import io.fairlead.client.Dialer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// One HTTP/1.1 exchange with another server, over blocking streams; used by virtual threads. After an upgrade the streams carry whatever both sides agreed on.
final class UpstreamConnection implements Closeable {
    private static final int HEAD_BYTES_MAX = 64 << 10;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private UpstreamConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
        this.out = socket.getOutputStream();
    }

    /// The answer's first part.
    record Head(int code, String reason, List<Map.Entry<String, String>> headers) {
        String header(String name) {
            return headers.stream()
                    .filter(header -> header.getKey().equalsIgnoreCase(name))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("");
        }
    }

    static UpstreamConnection open(Upstream upstream, Dialer dialer) throws IOException {
        String serverName = upstream.serverName();
        SocketChannel channel = dialer.dial(upstream.node(), upstream.address());
        Socket plain = channel.socket();
        if (upstream.security().isEmpty()) {
            return new UpstreamConnection(plain);
        }
        try {
            SSLSocket secure =
                    (SSLSocket)
                            upstream.security()
                                    .get()
                                    .getSocketFactory()
                                    .createSocket(
                                            plain,
                                            serverName.isEmpty()
                                                    ? upstream.address().getHostString()
                                                    : serverName,
                                            upstream.address().getPort(),
                                            true);
            if (!serverName.isEmpty()) {
                SSLParameters parameters = secure.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secure.setSSLParameters(parameters);
            }
            secure.startHandshake();
            return new UpstreamConnection(secure);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    void send(
            String method, Upstream upstream, List<Map.Entry<String, String>> headers, byte[] body)
            throws IOException {
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(upstream.target()).append(" HTTP/1.1\r\n");
        head.append("Host: ")
                .append(upstream.address().getHostString())
                .append(':')
                .append(upstream.address().getPort())
                .append("\r\n");
        headers.forEach(header ->
                head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n"));
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("\r\n");
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
        out.flush();
    }

    Head readHead() throws IOException {
        String status = line();
        String[] parts = status.split(" ", 3);
        if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
            throw new IOException("the backend does not speak HTTP: " + status);
        }
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(Map.entry(line.substring(0, colon), line.substring(colon + 1).strip()));
            }
        }
        return new Head(Integer.parseInt(parts[1]), parts.length > 2 ? parts[2] : "", headers);
    }

    /// What follows `head`, until it ends.
    InputStream body(Head head, String method) {
        if (method.equals("HEAD") || head.code() == 204 || head.code() == 304) {
            return InputStream.nullInputStream();
        }
        if (head.header("Transfer-Encoding").toLowerCase(Locale.ROOT).contains("chunked")) {
            return new Chunked();
        }
        String length = head.header("Content-Length");
        return length.isEmpty() ? in : new Counted(Long.parseLong(length));
    }

    InputStream in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.size() > HEAD_BYTES_MAX) {
                throw new EOFException("the backend closed the connection");
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /// A body of known length.
    private final class Counted extends InputStream {
        private long left;

        Counted(long length) {
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read > 0) {
                left -= read;
            }
            return read;
        }
    }

    /// A body in chunks (RFC 9112, 7.1).
    private final class Chunked extends InputStream {
        private long left;
        private boolean isFirst = true;
        private boolean isDone;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && !isDone) {
                nextChunk();
            }
            if (isDone) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read < 0) {
                throw new EOFException("the backend ended in the middle of a chunk");
            }
            left -= read;
            return read;
        }

        private void nextChunk() throws IOException {
            if (!isFirst) {
                line();
            }
            isFirst = false;
            String size = line().split(";", 2)[0].strip();
            left = Long.parseLong(size, 16);
            if (left == 0) {
                isDone = true;
            }
        }
    }
}
