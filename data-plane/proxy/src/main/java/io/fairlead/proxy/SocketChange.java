package io.fairlead.proxy;

import io.fairlead.proxy.SocketContents.Balance;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketContents.Slot;

/// One write to the maps of the socket programs.
sealed interface SocketChange {
    record PutLive(Live live) implements SocketChange {}

    record PutSlot(Slot slot, SocketEndpoint endpoint) implements SocketChange {}

    record PutSet(long set, Balance balance) implements SocketChange {}

    record PutFrontend(SocketFrontend frontend, long set) implements SocketChange {}

    record DropFrontend(SocketFrontend frontend) implements SocketChange {}

    record DropSet(long set) implements SocketChange {}

    record DropSlot(Slot slot) implements SocketChange {}

    record DropLive(Live live) implements SocketChange {}

    /// Affinity was switched off: when it is on again, nobody is remembered.
    record ForgetClients(long set) implements SocketChange {}
}
