package io.fairlead.proxy;

import io.fairlead.api.IpAddress;

/// Where a socket is connected to.
///
/// @param life tells an endpoint from one that was at the same address and port before: who remembers the old one does not mean the new one
record SocketEndpoint(IpAddress address, int port, int life) {}
