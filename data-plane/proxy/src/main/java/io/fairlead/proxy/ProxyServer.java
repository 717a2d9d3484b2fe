package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ObjectName;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.proxy.HttpEndpoint.Exchange;
import io.fairlead.proxy.ServiceProxy.Programmed;
import io.fairlead.tables.ArrivalDesk;
import io.fairlead.tables.ArrivalQuestion;
import io.fairlead.tables.EndpointUse.NewTraffic;
import io.fairlead.tables.Reflection;
import io.fairlead.tables.ServiceQuestions;
import io.fairlead.tables.SetName;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/// What a node's proxy tells on port 10256 of the node's address.
///
/// - `GET /healthz`: whether the rules are in the kernel, `{"lastUpdated", "currentTime", "nodeEligible"}`; 503 before the first time.
/// - `GET /arrived/endpoints/ADDRESS?newTraffic=no,only-as-fallback&timeout=10`: do new flows on this node go to that address, through any
///   Service? Answers `{"arrived", "newTraffic"}` as soon as it is one of the asked (`no`, `only-as-fallback`, `yes`), or when the time is over.
/// - `GET /arrived/services/NAMESPACE/NAME?uid=U&resourceVersion=R&timeout=10`: do the rules reflect that Service at that version or a later
///   one? Without `uid`, any Service of that name; with `gone=true`, none of that name (or of that uid). Answers
///   `{"arrived", "uid", "resourceVersion", "lastUpdated"}`.
/// - `POST /arrived/services?timeout=10` with a [io.fairlead.tables.ServiceStates]: do the rules reflect all these Services with all their slices as they are
///   given, or as they became later? Answers `{"arrived", "behind": ["NAMESPACE/NAME"], "lastUpdated"}`.
/// - `GET /counters`: what Services were asked for on this node, a [NodeCounts], and `"approximated"`, the ports of those that ask for least connections where
///   nobody counts them, as `NAMESPACE/NAME:PORT`.
/// - `GET /rules` and `GET /rules/NAMESPACE/NAME`: what was last brought to the kernel, of all Services or of one, as `{"rules": text}`.
///
/// `timeout` is in seconds, decimals too, at most 60; without it the answer comes at once. All answers are 200 with `"arrived"` telling; 400 for questions that make no
/// sense.
public final class ProxyServer implements AutoCloseable {
    public static final int PORT = 10256;

    private final ServiceProxy proxy;
    private final InstantSource clock;
    private final Executor tasks;
    private final ArrivalDesk<Programmed> desk;
    private Optional<HttpEndpoint> endpoint = Optional.empty();

    /// @param tasks reads counters, which the kernel takes a moment for
    public ProxyServer(ServiceProxy proxy, InstantSource clock, Executor tasks) {
        this.proxy = proxy;
        this.clock = clock;
        this.tasks = tasks;
        this.desk = new ArrivalDesk<>(proxy::programmed);
    }

    /// Begins to listen. To be called once.
    ///
    /// @param address the node's own address, and usually [#PORT]
    /// @param loops NIO event loops
    public void start(NetworkNamespace node, InetSocketAddress address, EventLoopGroup loops) {
        proxy.onProgrammed(desk::changed);
        endpoint =
                Optional.of(
                        HttpEndpoint.open(
                                loops, node.openServerSocketChannel(), address, this::handle));
    }

    @Override
    public void close() {
        endpoint.ifPresent(HttpEndpoint::close);
    }

    private void handle(QueryStringDecoder request, Exchange exchange) {
        List<String> path = Arrays.asList(request.path().substring(1).split("/"));
        try {
            if (List.of("healthz", "livez", "readyz").contains(path.getFirst())) {
                health(exchange);
            } else if (path.size() == 3 && request.path().startsWith("/arrived/endpoints/")) {
                endpoint(IpAddress.parse(path.get(2)), request, exchange);
            } else if (path.size() == 4 && request.path().startsWith("/arrived/services/")) {
                ObjectName name = new ObjectName(path.get(2), path.get(3));
                ArrivalQuestion<Reflection> question =
                        ServiceQuestions.one(name, key -> parameter(request, key));
                ask(request, new ServicesQuestion(question), exchange);
            } else if (request.path().equals("/arrived/services")) {
                JsonObject body = JsonReader.readObject(exchange.body());
                ask(request, new ServicesQuestion(ServiceQuestions.many(body)), exchange);
            } else if (path.equals(List.of("counters"))) {
                tasks.execute(() -> counters(exchange));
            } else if (path.equals(List.of("rules"))) {
                rules(exchange, proxy.printRules());
            } else if (path.size() == 3 && path.getFirst().equals("rules")) {
                rules(exchange, proxy.printRules(new ObjectName(path.get(1), path.get(2))));
            } else {
                exchange.answer(
                        HttpResponseStatus.NOT_FOUND,
                        JsonObject.of("error", Json.of("nothing is at " + request.path())));
            }
        } catch (IllegalArgumentException | JsonSyntaxException e) {
            exchange.answer(
                    HttpResponseStatus.BAD_REQUEST,
                    JsonObject.of("error", Json.of(String.valueOf(e.getMessage()))));
        }
    }

    private static void rules(Exchange exchange, String text) {
        exchange.answer(
                text.isEmpty() ? HttpResponseStatus.NOT_FOUND : HttpResponseStatus.OK,
                JsonObject.of("rules", Json.of(text)));
    }

    private void counters(Exchange exchange) {
        try {
            List<String> approximated =
                    proxy.approximated().stream().map(ProxyServer::port).distinct().toList();
            exchange.answer(
                    HttpResponseStatus.OK,
                    proxy.nodeCounts()
                            .tree()
                            .with("approximated", JsonArray.ofStrings(approximated)));
        } catch (RuntimeException e) {
            exchange.answer(
                    HttpResponseStatus.INTERNAL_SERVER_ERROR,
                    JsonObject.of("error", Json.of("cannot read the counters: " + e.getMessage())));
        }
    }

    private static String port(SetName set) {
        return set.service() + (set.port().isEmpty() ? "" : ":" + set.port());
    }

    private void health(Exchange exchange) {
        Optional<Programmed> programmed = proxy.programmed();
        JsonObject body =
                JsonObject.EMPTY
                        .with("lastUpdated", programmed.map(it -> it.at().toString()).orElse(""))
                        .with("currentTime", clock.instant().toString())
                        .with("nodeEligible", Json.of(true));
        exchange.answer(
                programmed.isPresent()
                        ? HttpResponseStatus.OK
                        : HttpResponseStatus.SERVICE_UNAVAILABLE,
                body);
    }

    private void endpoint(IpAddress address, QueryStringDecoder request, Exchange exchange) {
        Set<NewTraffic> wanted = new HashSet<>();
        for (String name : parameter(request, "newTraffic").orElse("no").split(",")) {
            wanted.add(newTraffic(name));
        }
        ask(request, new EndpointQuestion(address, wanted), exchange);
    }

    /// Whether new flows go to an address in one of the wanted ways.
    private record EndpointQuestion(IpAddress address, Set<NewTraffic> wanted)
            implements ArrivalQuestion<Programmed> {
        @Override
        public boolean isArrived(Programmed now) {
            return wanted.contains(now.table().newTraffic(address));
        }

        @Override
        public JsonObject state(Optional<Programmed> now) {
            NewTraffic traffic =
                    now.map(it -> it.table().newTraffic(address)).orElse(NewTraffic.NO);
            return JsonObject.of("newTraffic", Json.of(text(traffic)));
        }
    }

    /// What may be asked of every reflection may be asked of this one.
    private record ServicesQuestion(ArrivalQuestion<Reflection> question)
            implements ArrivalQuestion<Programmed> {
        @Override
        public boolean isArrived(Programmed now) {
            return question.isArrived(now);
        }

        @Override
        public JsonObject state(Optional<Programmed> now) {
            return question.state(now.map(it -> it))
                    .with("lastUpdated", now.map(it -> it.at().toString()).orElse(""));
        }
    }

    private void ask(
            QueryStringDecoder request, ArrivalQuestion<Programmed> question, Exchange exchange) {
        Duration patience = ArrivalDesk.patience(parameter(request, "timeout"));
        ArrivalDesk<Programmed>.Waiting asker =
                desk.ask(
                        question,
                        patience,
                        exchange.context().executor(),
                        answer -> exchange.answer(HttpResponseStatus.OK, answer));
        var _ = exchange.context().channel().closeFuture().addListener(_ -> asker.leave());
    }

    private static Optional<String> parameter(QueryStringDecoder request, String name) {
        return Optional.ofNullable(request.parameters().get(name)).map(List::getFirst);
    }

    private static NewTraffic newTraffic(String text) {
        return switch (text) {
            case "no" -> NewTraffic.NO;
            case "only-as-fallback" -> NewTraffic.ONLY_AS_FALLBACK;
            case "yes" -> NewTraffic.YES;
            default ->
                    throw new IllegalArgumentException(
                            "newTraffic is one of no, only-as-fallback, yes; not " + text);
        };
    }

    private static String text(NewTraffic newTraffic) {
        return newTraffic.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
