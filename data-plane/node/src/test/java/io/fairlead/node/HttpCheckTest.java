package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpCheckTest {
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void followsARedirectOnTheSameHost() {
        assertThat(get("/local").message()).isEqualTo("HTTP probe failed with statuscode: 500");
        assertThat(asked).containsExactly("/local", "/broken");
    }

    @Test
    void aRedirectToAnotherHostSaysNothingAgainstTheContainer() {
        assertThat(get("/away")).isEqualTo(ProbeOutcome.SUCCESS);
    }

    @Test
    void endsARedirectThatNeverEnds() {
        assertThat(get("/round").message()).endsWith("stopped after 10 redirects");
    }

    @Test
    void encodesWhatNoUrlMayHold() {
        assertThat(get(HttpCheck.encoded("/a b?c=\u00fc%41"))).isEqualTo(ProbeOutcome.SUCCESS);
        assertThat(asked).containsExactly("/a%20b?c=%C3%BC%41");
    }

    private ProbeOutcome get(String path) {
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + path;
        return new HttpCheck(
                        Map.of(),
                        pipeline ->
                                new Bootstrap()
                                        .group(loops)
                                        .channel(NioSocketChannel.class)
                                        .handler(pipeline),
                        () -> {
                            throw new AssertionError("no TLS was asked for");
                        })
                .get(url)
                .join();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        asked.add(path);
        String location =
                switch (path) {
                    case "/local" -> "/broken";
                    case "/round" -> "/round";
                    case "/away" -> "http://198.51.100.7:8080/elsewhere";
                    default -> "";
                };
        if (!location.isEmpty()) {
            exchange.getResponseHeaders().set("Location", location);
        }
        int code = !location.isEmpty() ? 302 : path.equals("/broken") ? 500 : 200;
        exchange.sendResponseHeaders(code, -1);
        exchange.close();
    }
}
