package io.fairlead.dns;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Finds out whether upstream servers lead back here, by asking them for a name nobody else can know of. A loop would turn every
/// query into endless ones, so while there is one nothing is forwarded. Owned by the server's event loop.
final class LoopProbe implements Link {
    private static final Logger LOG = System.getLogger(LoopProbe.class.getName());

    private final String name;
    private boolean cameBack;
    private boolean isLoop;

    LoopProbe(RandomGenerator random) {
        this.name =
                Long.toHexString(random.nextLong())
                        + Long.toHexString(random.nextLong())
                        + ".loop-probe.invalid";
    }

    boolean isLoop() {
        return isLoop;
    }

    @Override
    public boolean take(Query query, Consumer<Answer> reply) {
        if (!query.name().equals(name)) {
            return false;
        }
        cameBack = true;
        reply.accept(Answer.failure(ResponseCode.REFUSED));
        return true;
    }

    void send(UpstreamClient client, Upstreams upstreams, Runnable done) {
        cameBack = false;
        client.ask(
                Query.of(name, RecordType.HINFO),
                upstreams.servers(),
                answer -> {
                    if (cameBack && !isLoop) {
                        LOG.log(
                                Level.WARNING,
                                "The upstream DNS servers {0} lead back to this server. Names"
                                        + " outside the cluster fail until the servers are changed.",
                                upstreams.servers());
                    }
                    isLoop = cameBack;
                    done.run();
                });
    }
}
