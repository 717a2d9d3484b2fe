package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.proxy.HttpEndpoint.Exchange;
import io.fairlead.proxy.ServiceProxy.Programmed;
import io.fairlead.tables.EndpointUse.NewTraffic;
import io.fairlead.tables.HeldService;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;

/// What a node's proxy tells on port 10256 of the node's address.
///
/// - `GET /healthz`: whether the rules are in the kernel, `{"lastUpdated", "currentTime", "nodeEligible"}`; 503 before the first time.
/// - `GET /arrived/endpoints/ADDRESS?newTraffic=no,only-as-fallback&timeout=10`: do new flows on this node go to that address, through any
///   Service? Answers `{"arrived", "newTraffic"}` as soon as it is one of the asked (`no`, `only-as-fallback`, `yes`), or when the time is over.
/// - `GET /arrived/services/NAMESPACE/NAME?uid=U&resourceVersion=R&timeout=10`: do the rules reflect that Service at that version or a later
///   one? Without `uid`, any Service of that name; with `gone=true`, none of that name (or of that uid). Answers
///   `{"arrived", "uid", "resourceVersion"}`.
/// - `GET /rules` and `GET /rules/NAMESPACE/NAME`: what was last brought to the kernel, of all Services or of one, as `{"rules": text}`.
///
/// `timeout` is in seconds, at most 60; without it the answer comes at once. All answers are 200 with `"arrived"` telling; 400 for questions that make no
/// sense.
public final class ProxyServer implements AutoCloseable {
    public static final int PORT = 10256;

    private static final int WAIT_SECONDS_MAX = 60;

    private final ServiceProxy proxy;
    private final InstantSource clock;
    private final Set<Question> waiting = ConcurrentHashMap.newKeySet();
    private Optional<HttpEndpoint> endpoint = Optional.empty();

    public ProxyServer(ServiceProxy proxy, InstantSource clock) {
        this.proxy = proxy;
        this.clock = clock;
    }

    /// Begins to listen. To be called once.
    ///
    /// @param address the node's own address, and usually [#PORT]
    /// @param loops NIO event loops
    public void start(NetworkNamespace node, InetSocketAddress address, EventLoopGroup loops) {
        proxy.onProgrammed(this::answerWhatHasArrived);
        endpoint =
                Optional.of(
                        HttpEndpoint.open(
                                loops, node.openServerSocketChannel(), address, this::handle));
    }

    @Override
    public void close() {
        endpoint.ifPresent(HttpEndpoint::close);
    }

    /// Someone who wants to hear when something is so.
    private static final class Question {
        private final Exchange exchange;
        private final Predicate<Programmed> isArrived;
        private final Function<Optional<Programmed>, JsonObject> state;
        private final AtomicBoolean isAnswered = new AtomicBoolean();

        Question(
                Exchange exchange,
                Predicate<Programmed> isArrived,
                Function<Optional<Programmed>, JsonObject> state) {
            this.exchange = exchange;
            this.isArrived = isArrived;
            this.state = state;
        }

        void answer(Optional<Programmed> programmed) {
            if (isAnswered.compareAndSet(false, true)) {
                exchange.answer(
                        HttpResponseStatus.OK,
                        state.apply(programmed)
                                .with(
                                        "arrived",
                                        Json.of(programmed.filter(isArrived).isPresent())));
            }
        }
    }

    private void handle(QueryStringDecoder request, Exchange exchange) {
        List<String> path = Arrays.asList(request.path().substring(1).split("/"));
        try {
            if (List.of("healthz", "livez", "readyz").contains(path.getFirst())) {
                health(exchange);
            } else if (path.size() == 3 && request.path().startsWith("/arrived/endpoints/")) {
                endpoint(IpAddress.parse(path.get(2)), request, exchange);
            } else if (path.size() == 4 && request.path().startsWith("/arrived/services/")) {
                service(new ObjectName(path.get(2), path.get(3)), request, exchange);
            } else if (path.equals(List.of("rules"))) {
                rules(exchange, proxy.printRules());
            } else if (path.size() == 3 && path.getFirst().equals("rules")) {
                rules(exchange, proxy.printRules(new ObjectName(path.get(1), path.get(2))));
            } else {
                exchange.answer(
                        HttpResponseStatus.NOT_FOUND,
                        JsonObject.of("error", Json.of("nothing is at " + request.path())));
            }
        } catch (IllegalArgumentException e) {
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
        ask(
                request,
                new Question(
                        exchange,
                        it -> wanted.contains(it.table().newTraffic(address)),
                        it ->
                                JsonObject.of(
                                        "newTraffic",
                                        Json.of(
                                                text(
                                                        it.map(now ->
                                                                        now.table()
                                                                                .newTraffic(
                                                                                        address))
                                                                .orElse(NewTraffic.NO))))));
    }

    private void service(ObjectName name, QueryStringDecoder request, Exchange exchange) {
        Optional<String> uid = parameter(request, "uid");
        long version = parameter(request, "resourceVersion").map(Long::parseLong).orElse(0L);
        boolean isGoneWanted = parameter(request, "gone").map("true"::equals).orElse(false);
        Predicate<Programmed> isHeld =
                it ->
                        it.table()
                                .held(name)
                                .filter(held -> uid.isEmpty() || held.uid().equals(uid.get()))
                                .filter(held -> held.resourceVersion() >= version)
                                .isPresent();
        ask(
                request,
                new Question(
                        exchange,
                        isGoneWanted ? isHeld.negate() : isHeld,
                        it -> held(it.flatMap(now -> now.table().held(name)))));
    }

    private static JsonObject held(Optional<HeldService> held) {
        return held.map(it ->
                        JsonObject.of("uid", Json.of(it.uid()))
                                .with("resourceVersion", Long.toString(it.resourceVersion())))
                .orElse(JsonObject.EMPTY);
    }

    private void ask(QueryStringDecoder request, Question question) {
        int seconds =
                Math.clamp(
                        parameter(request, "timeout").map(Long::parseLong).orElse(0L),
                        0,
                        WAIT_SECONDS_MAX);
        waiting.add(question);
        // Looked at after it is listed, so that nothing can arrive in between unseen.
        Optional<Programmed> now = proxy.programmed();
        if (seconds == 0 || now.filter(question.isArrived).isPresent()) {
            waiting.remove(question);
            question.answer(now);
            return;
        }
        var _ =
                question.exchange
                        .context()
                        .executor()
                        .schedule(
                                () -> {
                                    waiting.remove(question);
                                    question.answer(proxy.programmed());
                                },
                                seconds,
                                TimeUnit.SECONDS);
        var _ =
                question.exchange
                        .context()
                        .channel()
                        .closeFuture()
                        .addListener(_ -> waiting.remove(question));
    }

    private void answerWhatHasArrived() {
        Optional<Programmed> now = proxy.programmed();
        waiting.removeIf(question -> {
            boolean isArrived = now.filter(question.isArrived).isPresent();
            if (isArrived) {
                question.answer(now);
            }
            return isArrived;
        });
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
