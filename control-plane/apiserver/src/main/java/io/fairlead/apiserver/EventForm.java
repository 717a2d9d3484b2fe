package io.fairlead.apiserver;

/// How the events of one watch look on the wire. Used by one thread at a time; it may remember what it has told already.
interface EventForm {
    /// One event with its line break.
    byte[] bytes(WatchStream.Event event);
}
