/// The command line.
///
/// [Fairlead] lists the commands, one class each. Every command finds its cluster by [ClusterChoice]. `up` becomes the cluster's process ([UpCommand]) and speaks through a
/// pipe that the launcher reads ([Console]); all others are short-lived and reach a running cluster as its administrator over HTTPS ([ClusterAccess]), or look at
/// the machine, as `down` and `node exec` do.
///
/// What a person sees of a failure is one sentence; the exit status is then 1.
@NullMarked
package io.fairlead.cli;

import org.jspecify.annotations.NullMarked;
