package io.fairlead.apiserver;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;

/// The clock, threads and chance that an API server uses; it makes none itself.
///
/// @param tasks runs requests, which wait for the store and for nodes: virtual threads
/// @param timer for what falls due
/// @param threads for event loops
/// @param random for names, addresses and identifiers
/// @param secrets for keys and signatures
public record ApiServerRuntime(
        InstantSource clock,
        ExecutorService tasks,
        ScheduledExecutorService timer,
        ThreadFactory threads,
        RandomGenerator random,
        SecureRandom secrets) {}
