package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlowClientTest {
    private final ConnectionTimes times =
            new ConnectionTimes(
                    Duration.ofSeconds(10), Duration.ofSeconds(90), Duration.ofSeconds(30));
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @Test
    void endsConnectionsWhoseHeadDoesNotCome() {
        open();
        pass(11);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void endsConnectionsWhoseBodyStops() {
        open();
        channel.writeInbound(request());
        pass(29);
        assertThat(channel.isOpen()).isTrue();
        pass(2);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void waitsForItsOwnAnswerAsLongAsThatTakes() {
        open();
        channel.writeInbound(request(), LastHttpContent.EMPTY_LAST_CONTENT);
        channel.writeOutbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        pass(3600);

        assertThat(channel.isOpen()).isTrue();
        channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
        pass(91);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void leavesConnectionsAloneThatAreNoLongerForRequests() {
        open();
        channel.writeInbound(request(), LastHttpContent.EMPTY_LAST_CONTENT);
        channel.writeOutbound(
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS));
        pass(3600);

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void beginsToCountWithTheFirstByteOfTheNextRequest() {
        open();
        channel.writeInbound(request(), LastHttpContent.EMPTY_LAST_CONTENT);
        channel.writeOutbound(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        pass(60);
        channel.writeInbound(io.netty.buffer.Unpooled.wrappedBuffer(new byte[] {'G'}));
        pass(11);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void takesNoMoreConnectionsThanItMay(@TempDir Path folder) throws Exception {
        RequestLimits few =
                new RequestLimits(10, 10, RequestLimits.Sharing.FAIR, Duration.ofSeconds(10), 3);
        List<Socket> sockets = new ArrayList<>();
        try (TestServer server = TestServer.with(few, folder)) {
            int answered = 0;
            for (int i = 0; i < 5; i++) {
                SSLSocket socket =
                        (SSLSocket)
                                TransportSecurity.unverified()
                                        .getSocketFactory()
                                        .createSocket(
                                                InetAddress.getLoopbackAddress(), server.port());
                sockets.add(socket);
                try {
                    socket.getOutputStream()
                            .write(
                                    "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                    answered += socket.getInputStream().read() == 'H' ? 1 : 0;
                } catch (javax.net.ssl.SSLException | SocketException e) {
                    // Closed before the handshake, as it should be.
                }
            }

            assertThat(answered).isEqualTo(3);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private void open() {
        channel.freezeTime();
        channel.pipeline().addLast(times.arrivals()).addLast(times);
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private static DefaultHttpRequest request() {
        return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    }
}
