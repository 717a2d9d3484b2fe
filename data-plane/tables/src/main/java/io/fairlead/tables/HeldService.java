package io.fairlead.tables;

/// Which state of a Service a table was computed from. Services that no packet is meant for are held too.
public record HeldService(String uid, long resourceVersion) {}
