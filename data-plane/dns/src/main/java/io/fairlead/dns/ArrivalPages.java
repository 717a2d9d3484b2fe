package io.fairlead.dns;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.tables.ArrivalDesk;
import io.fairlead.tables.ArrivalQuestion;
import io.fairlead.tables.NameTable;
import io.fairlead.tables.Reflection;
import io.fairlead.tables.ServiceQuestions;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the DNS tells on port 10256 of its address, as a node's proxy does on the node's.
///
/// - `GET /healthz`: whether the cluster's names are known, `{"lastUpdated", "currentTime"}`; 503 before the first time.
/// - `GET /arrived/services/NAMESPACE/NAME?uid=U&resourceVersion=R&timeout=10`: do answers reflect that Service at that version or a later one? Without
///   `uid`, any Service of that name; with `gone=true`, none of that name (or of that uid). Answers `{"arrived", "uid", "resourceVersion", "lastUpdated"}`.
/// - `POST /arrived/services?timeout=10` with a [io.fairlead.tables.ServiceStates]: do answers reflect all these Services with all their slices as they are
///   given, or as they became later? Answers `{"arrived", "behind": ["NAMESPACE/NAME"], "lastUpdated"}`.
///
/// `timeout` is in seconds, at most 60; without it the answer comes at once. Every connection serves one request.
final class ArrivalPages extends ChannelInitializer<Channel> {
    private static final int REQUEST_LENGTH_MAX = 8 << 20;
    private static final int REQUEST_WITHIN_SECONDS = 10;

    private final InstantSource clock;
    private final ArrivalDesk<Published> desk = new ArrivalDesk<>(this::inEffect);
    private volatile Optional<Published> inEffect = Optional.empty();

    /// What answers are made of.
    ///
    /// @param at when it came to be so
    record Published(NameTable table, Map<ResourceType, Long> versions, Instant at)
            implements Reflection {}

    ArrivalPages(InstantSource clock) {
        this.clock = clock;
    }

    /// To be called after answers are made of it.
    void publish(NameTable table, Map<ResourceType, Long> versions) {
        inEffect = Optional.of(new Published(table, versions, clock.instant()));
        desk.changed();
    }

    private Optional<Published> inEffect() {
        return inEffect;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline()
                .addLast(
                        new ReadTimeoutHandler(REQUEST_WITHIN_SECONDS),
                        new HttpServerCodec(),
                        new HttpObjectAggregator(REQUEST_LENGTH_MAX),
                        new Requests());
    }

    private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            // From here on it is they who wait.
            context.pipeline().remove(ReadTimeoutHandler.class);
            QueryStringDecoder target = new QueryStringDecoder(request.uri());
            List<String> path = List.of(target.path().substring(1).split("/"));
            try {
                if (List.of("healthz", "livez", "readyz").contains(path.getFirst())) {
                    health(context);
                } else if (path.size() == 4 && target.path().startsWith("/arrived/services/")) {
                    ObjectName name = new ObjectName(path.get(2), path.get(3));
                    ask(context, target, ServiceQuestions.one(name, key -> parameter(target, key)));
                } else if (target.path().equals("/arrived/services")) {
                    JsonObject body =
                            JsonReader.readObject(ByteBufUtil.getBytes(request.content()));
                    ask(context, target, ServiceQuestions.many(body));
                } else {
                    answer(
                            context,
                            HttpResponseStatus.NOT_FOUND,
                            error("nothing is at " + target.path()));
                }
            } catch (IllegalArgumentException | JsonSyntaxException e) {
                answer(
                        context,
                        HttpResponseStatus.BAD_REQUEST,
                        error(String.valueOf(e.getMessage())));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }

    private void health(ChannelHandlerContext context) {
        Optional<Published> now = inEffect;
        answer(
                context,
                now.isPresent() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                JsonObject.EMPTY
                        .with("lastUpdated", now.map(it -> it.at().toString()).orElse(""))
                        .with("currentTime", clock.instant().toString()));
    }

    private void ask(
            ChannelHandlerContext context,
            QueryStringDecoder target,
            ArrivalQuestion<Reflection> question) {
        Duration patience = ArrivalDesk.patience(parameter(target, "timeout"));
        ArrivalDesk<Published>.Waiting asker =
                desk.ask(
                        new NamesQuestion(question),
                        patience,
                        context.executor(),
                        told -> answer(context, HttpResponseStatus.OK, told));
        var _ = context.channel().closeFuture().addListener(_ -> asker.leave());
    }

    private record NamesQuestion(ArrivalQuestion<Reflection> question)
            implements ArrivalQuestion<Published> {
        @Override
        public boolean isArrived(Published now) {
            return question.isArrived(now);
        }

        @Override
        public JsonObject state(Optional<Published> now) {
            return question.state(now.map(it -> it))
                    .with("lastUpdated", now.map(it -> it.at().toString()).orElse(""));
        }
    }

    private static Optional<String> parameter(QueryStringDecoder target, String name) {
        return Optional.ofNullable(target.parameters().get(name)).map(List::getFirst);
    }

    private static JsonObject error(String sentence) {
        return JsonObject.of("error", Json.of(sentence));
    }

    private static void answer(
            ChannelHandlerContext context, HttpResponseStatus status, JsonObject body) {
        byte[] bytes = JsonWriter.bytes(body);
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set(HttpHeaderNames.CONNECTION, "close");
        var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
