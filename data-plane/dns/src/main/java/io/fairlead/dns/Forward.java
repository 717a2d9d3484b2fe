package io.fairlead.dns;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The last link: asks upstream servers and keeps what they say for a while. Those who ask the same while the answer is on its way share it.
/// Owned by the server's event loop.
final class Forward implements Link, ClusterNames.Resolver {
    private static final int WAITING_MAX = 2000;

    private final Supplier<Upstreams> upstreams;
    private final UpstreamClient client;
    private final AnswerCache cache;
    private final LoopProbe probe;
    private final Map<AnswerCache.Key, List<Consumer<Answer>>> waiting = new HashMap<>();
    private int waitingCount;

    Forward(
            Supplier<Upstreams> upstreams,
            UpstreamClient client,
            AnswerCache cache,
            LoopProbe probe) {
        this.upstreams = upstreams;
        this.client = client;
        this.cache = cache;
        this.probe = probe;
    }

    @Override
    public boolean take(Query query, Consumer<Answer> reply) {
        AnswerCache.Key key = AnswerCache.Key.of(query);
        Optional<Answer.Relayed> known = cache.find(key);
        if (known.isPresent()) {
            reply.accept(known.get());
        } else if (probe.isLoop() || waitingCount >= WAITING_MAX) {
            reply.accept(Answer.failure(ResponseCode.SERVER_FAILURE));
        } else {
            waitingCount++;
            List<Consumer<Answer>> others = waiting.get(key);
            if (others != null) {
                others.add(reply);
            } else {
                waiting.put(key, new ArrayList<>(List.of(reply)));
                client.ask(
                        query,
                        upstreams.get().serversFor(query.name()),
                        message -> answered(key, message));
            }
        }
        return true;
    }

    @Override
    public void resolve(Query query, String name, Consumer<Optional<ClusterNames.Found>> reply) {
        Query question;
        try {
            question = Query.of(name, query.type());
        } catch (IllegalArgumentException e) {
            reply.accept(Optional.empty());
            return;
        }
        take(
                question,
                answer ->
                        reply.accept(
                                answer instanceof Answer.Relayed relayed
                                        ? found(relayed)
                                        : Optional.empty()));
    }

    private static Optional<ClusterNames.Found> found(Answer.Relayed relayed) {
        List<ResourceRecord> aged = new ArrayList<>();
        for (ResourceRecord record : relayed.message().answers()) {
            int ttl = Math.max(0, record.ttlSeconds() - relayed.ageSeconds());
            aged.add(new ResourceRecord(record.name(), ttl, record.value()));
        }
        int code = relayed.message().code();
        if (code == ResponseCode.NO_ERROR.number()) {
            return Optional.of(new ClusterNames.Found(ResponseCode.NO_ERROR, aged));
        }
        return code == ResponseCode.NO_SUCH_NAME.number()
                ? Optional.of(new ClusterNames.Found(ResponseCode.NO_SUCH_NAME, aged))
                : Optional.empty();
    }

    private void answered(AnswerCache.Key key, Optional<UpstreamMessage> message) {
        message.ifPresent(known -> cache.keep(key, known));
        Answer answer =
                message.<Answer>map(known -> new Answer.Relayed(known, 0))
                        .orElseGet(() -> Answer.failure(ResponseCode.SERVER_FAILURE));
        List<Consumer<Answer>> replies = waiting.remove(key);
        if (replies != null) {
            waitingCount -= replies.size();
            replies.forEach(reply -> reply.accept(answer));
        }
    }
}
