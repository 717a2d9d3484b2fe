package io.fairlead.tables;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What of a slice concerns names, read once for each version of the slice.
///
/// @param version the slice's resource version
record SliceHosts(long version, List<Port> ports, List<Host> hosts) {
    record Port(String name, Protocol protocol, int number) {}

    /// A ready endpoint.
    ///
    /// @param name the one it was given, in lower case, else its address with dashes
    record Host(IpAddress address, String name, boolean isNamed) {}

    static SliceHosts of(EndpointSlice slice) {
        List<Port> ports = new ArrayList<>();
        for (EndpointSlice.Port port : slice.ports()) {
            if (port.protocol().isPresent()) {
                ports.add(
                        new Port(
                                port.name().toLowerCase(Locale.ROOT),
                                port.protocol().get(),
                                port.port()));
            }
        }
        List<Host> hosts = new ArrayList<>();
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
            if (endpoint.isReady() && !endpoint.addresses().isEmpty()) {
                IpAddress address = endpoint.addresses().getFirst();
                String hostname = endpoint.hostname().toLowerCase(Locale.ROOT);
                hosts.add(
                        hostname.isEmpty()
                                ? new Host(address, dashed(address), false)
                                : new Host(address, hostname, true));
            }
        }
        return new SliceHosts(slice.resourceVersion(), List.copyOf(ports), List.copyOf(hosts));
    }

    private static String dashed(IpAddress address) {
        return address.toString().replace('.', '-').replace(':', '-');
    }
}
