package io.fairlead.dns;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/// The links that a query passes, in this order, until one takes it. Owned by the server's event loop.
record Chain(List<Link> links) {
    private static final Logger LOG = System.getLogger(Chain.class.getName());

    void answer(Query query, Consumer<Answer> reply) {
        try {
            for (Link link : links) {
                if (link.take(query, reply)) {
                    return;
                }
            }
            reply.accept(Answer.failure(ResponseCode.REFUSED));
        } catch (RuntimeException e) {
            // A bug costs one answer, not the server.
            LOG.log(Level.ERROR, "The query for " + query.name() + " failed", e);
            reply.accept(Answer.failure(ResponseCode.SERVER_FAILURE));
        }
    }
}
