/// Measurements. Nothing here asserts: figures are printed with their spread.
///
/// `bench/run` starts clusters and measures them from outside: the time until ready, memory, pods, endpoint changes ([ClusterBench]).
/// [StoreBench] measures the store alone, [ProxyBench] a node's proxy without a network between.
@NullMarked
package io.fairlead.bench;

import org.jspecify.annotations.NullMarked;
