/// The Linux kernel, spoken to through the foreign function interface; the only package with native
/// access.
///
/// Knows nothing of Kubernetes. Every type is a thing the kernel has: a
/// [NetworkNamespace][io.fairlead.linux.NetworkNamespace] that sockets are opened in, a
/// [NetlinkSocket][io.fairlead.linux.NetlinkSocket] that links, routes and rules are changed
/// through ([NetworkStack][io.fairlead.linux.NetworkStack] speaks of links and routes over one),
/// [Mounts][io.fairlead.linux.Mounts], [ControlGroups][io.fairlead.linux.ControlGroups], a process
/// ([ProcessWatcher][io.fairlead.linux.ProcessWatcher] waits for the end of many), the
/// [Terminal][io.fairlead.linux.Terminal] of a container, frames on a link
/// ([PacketSocket][io.fairlead.linux.PacketSocket]), a [BpfProgram][io.fairlead.linux.BpfProgram]
/// with its maps and links. Nothing here keeps state of its own: what
/// is mounted, linked or running is asked of the kernel.
///
/// Refusals of the kernel are [LinuxException][io.fairlead.linux.LinuxException]s that say what was
/// tried, on what, why it failed, and whether to try again. Waiting in native code is for platform
/// threads; namespaces are entered only by the threads of this package, never by a virtual thread.
///
/// Start reading at [NetworkNamespace][io.fairlead.linux.NetworkNamespace] and
/// [NetlinkSocket][io.fairlead.linux.NetlinkSocket]; all system calls leave by `SystemCalls`.
@NullMarked
package io.fairlead.linux;

import org.jspecify.annotations.NullMarked;
