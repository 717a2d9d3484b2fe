package io.fairlead.proxy;

import io.fairlead.api.IpAddress;

/// A TCP address and port that processes of a node connect to, and mean a Service.
record SocketFrontend(IpAddress address, int port) {}
