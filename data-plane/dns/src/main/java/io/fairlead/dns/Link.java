package io.fairlead.dns;

import java.util.function.Consumer;

/// One link of the chain that a query passes. Called on the server's event loop.
interface Link {
    /// Takes the query and answers it exactly once, at once or later, on the event loop; or leaves it to the next link by returning false.
    boolean take(Query query, Consumer<Answer> reply);
}
