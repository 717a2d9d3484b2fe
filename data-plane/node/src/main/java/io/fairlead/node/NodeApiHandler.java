package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Status;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/// Answers the requests of one connection to a node's API.
///
///     /healthz                                     ok
///     /pods                                        the pods of this node
///     /stats/summary                               what the pods use, as JSON
///     /metrics                                     how much runs here, for Prometheus
///     /metrics/resource                            the same for Prometheus
///     /containerLogs/NAMESPACE/POD/CONTAINER       its log
///     /exec|attach/NAMESPACE/POD/CONTAINER         streams, over WebSocket or SPDY
///     /portForward/NAMESPACE/POD                   streams, over SPDY, or SPDY within WebSocket
final class NodeApiHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final NodeAgent agent;
    private final Executor tasks;
    private final Executor blocking;

    NodeApiHandler(NodeAgent agent, Executor tasks, Executor blocking) {
        this.agent = agent;
        this.tasks = tasks;
        this.blocking = blocking;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        QueryStringDecoder url = new QueryStringDecoder(request.uri());
        List<String> path = List.of(url.path().replaceFirst("^/", "").split("/", -1));
        switch (path.getFirst()) {
            case "healthz" -> answer(context, request, 200, "text/plain; charset=utf-8", "ok");
            case "pods" -> answer(context, request, 200, "application/json", pods());
            case "stats" ->
                    usage(
                            context,
                            request,
                            "application/json",
                            usage -> agent.usagePages().summary(usage).toString());
            case "metrics" -> {
                switch (url.path()) {
                    case "/metrics" ->
                            usage(
                                    context,
                                    request,
                                    PROMETHEUS,
                                    usage -> UsagePages.counts(agent.workers(), usage));
                    case "/metrics/resource" ->
                            usage(context, request, PROMETHEUS, agent.usagePages()::metrics);
                    default -> refuse(context, request, notFound(url.path()));
                }
            }
            case "containerLogs" -> {
                if (path.size() == 4) {
                    withContainer(context, request, path, slot -> log(context, request, url, slot));
                } else {
                    refuse(context, request, notFound(url.path()));
                }
            }
            case "exec", "attach" -> {
                boolean hasUid = path.size() == 5;
                if (path.size() == 4 || hasUid) {
                    withContainer(
                            context,
                            request,
                            path,
                            slot -> stream(context, request, url, path.getFirst(), slot));
                } else {
                    refuse(context, request, notFound(url.path()));
                }
            }
            case "portForward" -> {
                if (path.size() >= 3) {
                    request.retain();
                    forward(context, request, new ObjectName(path.get(1), path.get(2)));
                } else {
                    refuse(context, request, notFound(url.path()));
                }
            }
            default -> refuse(context, request, notFound(url.path()));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        var _ = context.close();
    }

    private String pods() {
        List<Json> items = new ArrayList<>();
        agent.workers().forEach(worker -> items.add(worker.pod().tree()));
        return JsonObject.of(
                        "kind",
                        Json.of("PodList"),
                        "apiVersion",
                        Json.of("v1"),
                        "items",
                        new JsonArray(items))
                .toString();
    }

    private void usage(
            ChannelHandlerContext context,
            FullHttpRequest request,
            String mediaType,
            Function<NodeUsage, String> page) {
        request.retain();
        var _ =
                agent.usage()
                        .thenApply(page)
                        .whenCompleteAsync(
                                (text, failure) -> {
                                    if (failure == null) {
                                        answer(context, request, 200, mediaType, text);
                                    } else {
                                        refuse(
                                                context,
                                                request,
                                                new Status(
                                                        500,
                                                        "InternalError",
                                                        String.valueOf(failure.getMessage()),
                                                        JsonObject.EMPTY));
                                    }
                                    request.release();
                                },
                                context.executor());
    }

    /// Finds a container and goes on with it on the event loop; answers where there is none.
    private void withContainer(
            ChannelHandlerContext context,
            FullHttpRequest request,
            List<String> path,
            Consumer<ContainerSlot.Snapshot> next) {
        ObjectName name = new ObjectName(path.get(1), path.get(2));
        String container = path.getLast();
        Optional<PodWorker> worker = agent.worker(name);
        if (worker.isEmpty()) {
            refuse(
                    context,
                    request,
                    new Status(
                            404,
                            "NotFound",
                            "pod \"%s\" does not exist on node \"%s\""
                                    .formatted(name.name(), agent.settings().name()),
                            JsonObject.EMPTY));
            return;
        }
        request.retain();
        var _ =
                worker.get()
                        .slot(container)
                        .thenAcceptAsync(
                                slot -> {
                                    try {
                                        slot.ifPresentOrElse(
                                                next,
                                                () -> {
                                                    String message =
                                                            "container %s is not valid for pod %s"
                                                                    .formatted(
                                                                            container, name.name());
                                                    refuse(
                                                            context,
                                                            request,
                                                            Status.badRequest(message));
                                                });
                                    } finally {
                                        request.release();
                                    }
                                },
                                context.executor());
    }

    private void log(
            ChannelHandlerContext context,
            FullHttpRequest request,
            QueryStringDecoder url,
            ContainerSlot.Snapshot slot) {
        try {
            LogQuery query = LogParameters.of(url, agent.clock().instant());
            boolean isPrevious = LogParameters.isSet(url, "previous");
            Optional<ContainerLog> log = isPrevious ? slot.previousLog() : slot.log();
            if (log.isEmpty()) {
                refuse(context, request, Status.badRequest(whyNoLog(slot, isPrevious)));
            } else if (!StreamUpgrade.isWebSocket(request)) {
                new LogAnswer(context.channel(), LogForm.BODY, log.get(), query).start(tasks);
            } else if (!StreamUpgrade.ofLog(
                    context,
                    request,
                    form -> new LogAnswer(context.channel(), form, log.get(), query).start(tasks),
                    this)) {
                refuse(context, request, upgradeRequired());
            }
        } catch (IllegalArgumentException e) {
            refuse(context, request, Status.badRequest(String.valueOf(e.getMessage())));
        }
    }

    private static String whyNoLog(ContainerSlot.Snapshot slot, boolean isPrevious) {
        if (isPrevious) {
            return "previous terminated container \"%s\" in pod \"%s\" not found"
                    .formatted(slot.container(), slot.pod());
        }
        String reason =
                slot.state() instanceof ContainerState.Waiting waiting
                        ? waiting.reason()
                        : "ContainerCreating";
        return "container \"%s\" in pod \"%s\" is waiting to start: %s"
                .formatted(slot.container(), slot.pod(), reason);
    }

    private void stream(
            ChannelHandlerContext context,
            FullHttpRequest request,
            QueryStringDecoder url,
            String verb,
            ContainerSlot.Snapshot slot) {
        Optional<RunningContainer> running = slot.running();
        if (running.isEmpty()) {
            refuse(
                    context,
                    request,
                    Status.badRequest("container not found (\"" + slot.container() + "\")"));
            return;
        }
        RemoteRequest wanted = RemoteRequest.of(url);
        RemoteSession session;
        if (verb.equals("exec")) {
            if (wanted.command().isEmpty()) {
                refuse(context, request, Status.badRequest("you must specify at least 1 command"));
                return;
            }
            session = new ExecSession(running.get(), wanted, blocking);
        } else if (slot.log().isPresent()) {
            session = new AttachSession(running.get(), slot.log().get(), wanted, blocking);
        } else {
            refuse(context, request, Status.badRequest("the container has no output yet"));
            return;
        }
        if (!StreamUpgrade.ofSession(context, request, wanted.streams(), session, this)) {
            refuse(context, request, upgradeRequired());
        }
    }

    private void forward(ChannelHandlerContext context, FullHttpRequest request, ObjectName pod) {
        Optional<PodWorker> worker = agent.worker(pod);
        if (worker.isEmpty()) {
            refuse(context, request, notFound(request.uri()));
            request.release();
            return;
        }
        var _ =
                worker.get()
                        .sandbox()
                        .thenAcceptAsync(
                                sandbox -> {
                                    try {
                                        if (sandbox.isEmpty()) {
                                            refuse(
                                                    context,
                                                    request,
                                                    Status.badRequest(
                                                            "pod "
                                                                    + pod.name()
                                                                    + " is not running"));
                                        } else if (!StreamUpgrade.ofPorts(
                                                context,
                                                request,
                                                new PortForwardStreams(sandbox.get()),
                                                this)) {
                                            refuse(context, request, upgradeRequired());
                                        }
                                    } finally {
                                        request.release();
                                    }
                                },
                                context.executor());
    }

    private static Status upgradeRequired() {
        return Status.badRequest("Upgrade request required");
    }

    private static Status notFound(String path) {
        return new Status(404, "NotFound", path + " is not served here", JsonObject.EMPTY);
    }

    private static void refuse(
            ChannelHandlerContext context, FullHttpRequest request, Status status) {
        String body = new String(JsonWriter.bytes(status.tree()), StandardCharsets.UTF_8);
        answer(context, request, status.code(), "application/json", body);
    }

    private static void answer(
            ChannelHandlerContext context,
            FullHttpRequest request,
            int code,
            String mediaType,
            String body) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(code),
                        Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, mediaType);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        boolean staysOpen = HttpUtil.isKeepAlive(request);
        HttpUtil.setKeepAlive(response, staysOpen);
        if (request.method().equals(HttpMethod.HEAD)) {
            response.content().clear();
        }
        ChannelFuture written = context.writeAndFlush(response);
        if (!staysOpen) {
            var _ = written.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
