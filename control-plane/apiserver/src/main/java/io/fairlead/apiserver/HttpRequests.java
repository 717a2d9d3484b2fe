package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.fairlead.api.YamlWriter;
import io.fairlead.client.Dialer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;

/// Between HTTP and the API: turns a wire request into a [Call], and its [Answer] into bytes. Safe for use by many threads.
final class HttpRequests {
    private static final int GZIP_FROM_BYTES = 128 << 10;
    private static final int GZIP_LEVEL = 1;
    private static final Set<String> STREAMS =
            Set.of("exec", "attach", "portforward", "log", "proxy");
    private static final int ID_LENGTH_MAX = 64;
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final Status TOO_MANY =
            new Status(
                    429,
                    "TooManyRequests",
                    "Too many requests, please try again later.",
                    JsonObject.EMPTY);
    private static final Answer TOO_MANY_TEXT =
            Documents.text(429, Documents.TEXT, TOO_MANY.message() + "\n");
    private static final Set<Integer> PATH_CODES = Set.of(403, 404, 405, 422);

    private final Authentication authentication;
    private final RequestPipeline pipeline;
    private final FlowControl flows;
    private final Dialer dialer;
    private final RandomGenerator random;

    HttpRequests(
            Authentication authentication,
            RequestPipeline pipeline,
            FlowControl flows,
            Dialer dialer,
            RandomGenerator random) {
        this.authentication = authentication;
        this.pipeline = pipeline;
        this.flows = flows;
        this.dialer = ServiceBackends.dialer(dialer);
        this.random = random;
    }

    /// What goes back to the client.
    sealed interface Outcome {}

    /// A whole response.
    @SuppressWarnings("ArrayRecordComponent")
    record Whole(int code, List<Map.Entry<String, String>> headers, byte[] body)
            implements Outcome {}

    /// A response that goes on.
    record Watching(List<Map.Entry<String, String>> headers, WatchStream stream)
            implements Outcome {}

    /// Somebody else responds.
    record Forwarded(Upstream upstream) implements Outcome {}

    Dialer dialer() {
        return dialer;
    }

    Outcome handle(WireRequest request) {
        List<Map.Entry<String, String>> head = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        try {
            Call stranger = call(request, warnings);
            head.add(Map.entry("audit-id", stranger.origin().id()));
            Call call = known(stranger, request);
            try (FlowControl.Ticket ticket = flows.admit(pipeline.access(call))) {
                if (!ticket.schemaUid().isEmpty()) {
                    head.add(Map.entry("x-kubernetes-pf-flowschema-uid", ticket.schemaUid()));
                    head.add(Map.entry("x-kubernetes-pf-prioritylevel-uid", ticket.levelUid()));
                }
                if (!ticket.isAdmitted()) {
                    head.add(Map.entry("retry-after", RETRY_AFTER_SECONDS));
                    pipeline.refuse(call, TOO_MANY);
                    return with(head, whole(request, TOO_MANY_TEXT, warnings));
                }
                return with(head, outcome(request, pipeline.answer(call), warnings));
            }
        } catch (ApiException e) {
            return with(
                    head,
                    whole(request, Answer.json(e.status().code(), tree(e.status())), warnings));
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            Status status = Status.badRequest(String.valueOf(e.getMessage()));
            return with(head, whole(request, Answer.json(400, status.tree()), warnings));
        }
    }

    private Call call(WireRequest request, List<String> warnings) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String id = request.header("Audit-Id");
        return new Call(
                User.UNKNOWN,
                request.method(),
                uri.path(),
                uri.parameters(),
                request.header("Accept"),
                new Call.Body.Bytes(request.header("Content-Type"), request.body()),
                manager(request.header("User-Agent")),
                new Origin(
                        User.UNKNOWN,
                        id.isEmpty() || id.length() > ID_LENGTH_MAX ? ObjectWriter.uid(random) : id,
                        request.uri(),
                        addresses(request),
                        request.header("User-Agent")),
                warnings);
    }

    /// With the user that the request is made as.
    private Call known(Call stranger, WireRequest request) {
        Call call = stranger;
        try {
            User sender = authentication.sender(request);
            call = stranger.by(sender, sender);
            return stranger.by(sender, authentication.acting(sender, request));
        } catch (ApiException e) {
            pipeline.refuse(call, e.status());
            throw e;
        }
    }

    private static Outcome with(List<Map.Entry<String, String>> head, Outcome outcome) {
        switch (outcome) {
            case Whole whole -> whole.headers().addAll(head);
            case Watching watching -> watching.headers().addAll(head);
            case Forwarded forwarded -> {}
        }
        return outcome;
    }

    private static List<String> addresses(WireRequest request) {
        List<String> addresses = new ArrayList<>();
        for (String word : request.header("X-Forwarded-For").split(",")) {
            if (IpAddress.find(word.strip()).isPresent()) {
                addresses.add(word.strip());
            }
        }
        if (request.connection().remoteAddress() instanceof InetSocketAddress remote) {
            String own = IpAddress.of(remote.getAddress()).toString();
            if (!addresses.contains(own)) {
                addresses.add(own);
            }
        }
        return addresses;
    }

    /// Whether the answer goes on for as long as it likes.
    boolean isStream(WireRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        return RequestTarget.parse(uri.path()) instanceof RequestTarget.Resource target
                && (target.isOldWatch()
                        || STREAMS.contains(target.subresource())
                        || uri.parameters().containsKey("watch"));
    }

    /// The answer when handling a request broke.
    Whole failure(WireRequest request, RuntimeException cause) {
        Status status =
                cause instanceof ApiException refused
                        ? refused.status()
                        : new Status(
                                500,
                                "InternalError",
                                "Internal error occurred: " + cause.getMessage(),
                                JsonObject.EMPTY);
        return whole(request, Answer.json(status.code(), tree(status)), List.of());
    }

    // Refusals that are about no object have details all the same, without anything in them.
    private static JsonObject tree(Status status) {
        boolean isAboutPath =
                status.details().isEmpty()
                        && (PATH_CODES.contains(status.code())
                                || status.message().startsWith(status.code() + ":"));
        JsonObject tree = status.tree();
        return isAboutPath ? tree.with("details", JsonObject.EMPTY) : tree;
    }

    private Outcome outcome(WireRequest request, Answer answer, List<String> warnings) {
        return switch (answer) {
            case Answer.Events events ->
                    new Watching(headers(Answer.JSON, warnings), events.stream());
            case Answer.Forward forward -> new Forwarded(forward.upstream());
            default -> whole(request, answer, warnings);
        };
    }

    private Whole whole(WireRequest request, Answer answer, List<String> warnings) {
        Accepted.Format format =
                Accepted.parse(request.header("Accept")).stream()
                        .findFirst()
                        .map(Accepted::format)
                        .orElse(Accepted.Format.JSON);
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        List<String> pretty = uri.parameters().getOrDefault("pretty", List.of());
        boolean isPretty =
                !pretty.isEmpty()
                        && !pretty.getFirst().equals("false")
                        && !pretty.getFirst().equals("0");
        String mediaType = Answer.JSON;
        int code;
        byte[] body;
        switch (answer) {
            case Answer.Single single -> {
                code = single.code();
                body =
                        format == Accepted.Format.JSON && !isPretty
                                ? line(single.object().bytes())
                                : encode(single.object().tree(), format, isPretty);
                mediaType = mediaType(format);
            }
            case Answer.Collection list -> {
                code = 200;
                body =
                        format == Accepted.Format.JSON && !isPretty
                                ? ListEncoding.bytes(list)
                                : encode(ListEncoding.tree(list), format, isPretty);
                mediaType = mediaType(format);
            }
            case Answer.Tree tree -> {
                code = tree.code();
                boolean isSpecial = !tree.mediaType().equals(Answer.JSON);
                body = encode(tree.json(), isSpecial ? Accepted.Format.JSON : format, isPretty);
                mediaType = isSpecial ? tree.mediaType() : mediaType(format);
            }
            case Answer.Text text -> {
                code = text.code();
                body = text.bytes();
                mediaType = text.contentType();
            }
            case Answer.Redirect redirect -> {
                List<Map.Entry<String, String>> headers = headers("text/html", warnings);
                headers.add(Map.entry("location", redirect.location()));
                return new Whole(redirect.code(), headers, new byte[0]);
            }
            case Answer.Events events -> throw new IllegalStateException("a stream is not whole");
            case Answer.Forward forward -> throw new IllegalStateException("nothing to encode");
        }
        return compressed(request, code, headers(mediaType, warnings), body);
    }

    private static byte[] encode(Json json, Accepted.Format format, boolean isPretty) {
        if (format == Accepted.Format.YAML) {
            return YamlWriter.bytes(json);
        }
        return isPretty ? JsonWriter.prettyBytes(json) : line(JsonWriter.bytes(json));
    }

    // Kubernetes ends its JSON with a line's end, which people see who look at it raw.
    private static byte[] line(byte[] json) {
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }

    private static String mediaType(Accepted.Format format) {
        return format == Accepted.Format.YAML ? "application/yaml" : Answer.JSON;
    }

    private static List<Map.Entry<String, String>> headers(
            String mediaType, List<String> warnings) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        if (!mediaType.isEmpty()) {
            headers.add(Map.entry(HttpHeaderNames.CONTENT_TYPE.toString(), mediaType));
        }
        headers.add(Map.entry(HttpHeaderNames.CACHE_CONTROL.toString(), "no-cache, private"));
        warnings.forEach(warning -> headers.add(Map.entry("warning", "299 - " + quoted(warning))));
        return headers;
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("[\\p{Cntrl}]", " ")
                + '"';
    }

    private static Whole compressed(
            WireRequest request, int code, List<Map.Entry<String, String>> headers, byte[] body) {
        if (body.length < GZIP_FROM_BYTES || !request.header("Accept-Encoding").contains("gzip")) {
            return new Whole(code, headers, body);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip =
                new GZIPOutputStream(out, 8192) {
                    {
                        def.setLevel(GZIP_LEVEL);
                    }
                }) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        headers.add(Map.entry(HttpHeaderNames.CONTENT_ENCODING.toString(), "gzip"));
        headers.add(Map.entry(HttpHeaderNames.VARY.toString(), "Accept-Encoding"));
        return new Whole(code, headers, out.toByteArray());
    }

    /// As clients' programs are named in managed fields: the user agent up to its first slash.
    private static String manager(String userAgent) {
        int slash = userAgent.indexOf('/');
        String name = slash < 0 ? userAgent : userAgent.substring(0, slash);
        String printable = name.replaceAll("[^\\x20-\\x7e]", "");
        return printable.isBlank()
                ? "unknown"
                : printable.substring(0, Math.min(128, printable.length()));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
