package io.fairlead.node;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What a client of `exec` or `attach` asks for. Nodes know the streams as `input`, `output` and `error`, the API server's clients as
/// `stdin`, `stdout` and `stderr`; both are understood.
record RemoteRequest(
        Set<RemoteStream> streams, ExecRequest.Terminal terminal, List<String> command) {
    static RemoteRequest of(QueryStringDecoder url) {
        boolean hasTerminal = isSet(url, "tty", "tty");
        Set<RemoteStream> streams = EnumSet.of(RemoteStream.ERROR);
        if (isSet(url, "input", "stdin")) {
            streams.add(RemoteStream.STDIN);
        }
        if (isSet(url, "output", "stdout")) {
            streams.add(RemoteStream.STDOUT);
        }
        if (isSet(url, "error", "stderr") && !hasTerminal) {
            streams.add(RemoteStream.STDERR);
        }
        if (hasTerminal) {
            streams.add(RemoteStream.RESIZE);
        }
        return new RemoteRequest(
                streams,
                hasTerminal ? ExecRequest.Terminal.PRESENT : ExecRequest.Terminal.NONE,
                url.parameters().getOrDefault("command", List.of()));
    }

    boolean has(RemoteStream stream) {
        return streams.contains(stream);
    }

    private static boolean isSet(QueryStringDecoder url, String name, String otherName) {
        return isTrue(url, name) || isTrue(url, otherName);
    }

    private static boolean isTrue(QueryStringDecoder url, String name) {
        String value = url.parameters().getOrDefault(name, List.of("")).getFirst();
        return value.equals("true") || value.equals("1");
    }
}
