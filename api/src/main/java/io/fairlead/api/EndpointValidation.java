package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules for Endpoints and EndpointSlices.
final class EndpointValidation {
    private static final int ADDRESSES_MAX = 100;
    private static final int ENDPOINTS_MAX = 1000;
    private static final int PORTS_MAX = 100;

    private EndpointValidation() {}

    static void endpoints(JsonObject object, FieldErrors errors) {
        List<Json> subsets = object.list("subsets");
        for (int i = 0; i < subsets.size(); i++) {
            String at = "subsets[" + i + "]";
            Json subset = subsets.get(i);
            if (subset.list("addresses").isEmpty() && subset.list("notReadyAddresses").isEmpty()) {
                errors.required(at, "must specify `addresses` or `notReadyAddresses`");
            }
            for (String group : List.of("addresses", "notReadyAddresses")) {
                List<Json> addresses = subset.list(group);
                for (int j = 0; j < addresses.size(); j++) {
                    String field = at + "." + group + "[" + j + "].ip";
                    String ip = addresses.get(j).text("ip");
                    errors.ip(field, ip);
                    errors.ordinaryIp(field, ip);
                }
            }
            List<Json> ports = subset.list("ports");
            for (int j = 0; j < ports.size(); j++) {
                port(at + ".ports[" + j + "]", ports.get(j), ports.size() > 1, errors);
            }
        }
    }

    private static void port(String at, Json port, boolean nameRequired, FieldErrors errors) {
        String name = port.text("name");
        if (nameRequired && name.isEmpty()) {
            errors.required(at + ".name");
        } else if (!name.isEmpty()) {
            errors.invalid(at + ".name", name, Names.dnsLabelErrors(name));
        }
        errors.port(at + ".port", port.number(0, "port"));
        errors.oneOf(at + ".protocol", port.text("protocol"), "SCTP", "TCP", "UDP");
    }

    static void slice(JsonObject slice, FieldErrors errors) {
        String type = slice.text("addressType");
        if (type.isEmpty()) {
            errors.required("addressType");
            return;
        }
        errors.oneOf("addressType", type, "FQDN", "IPv4", "IPv6");
        slicePorts(slice.list("ports"), errors);
        List<Json> endpoints = slice.list("endpoints");
        if (endpoints.size() > ENDPOINTS_MAX) {
            errors.tooLong("endpoints", "must have at most " + ENDPOINTS_MAX + " items");
            return;
        }
        for (int i = 0; i < endpoints.size(); i++) {
            sliceAddresses("endpoints[" + i + "]", endpoints.get(i), type, errors);
        }
    }

    private static void slicePorts(List<Json> ports, FieldErrors errors) {
        Set<String> names = new HashSet<>();
        if (ports.size() > PORTS_MAX) {
            errors.tooLong("ports", "must have at most " + PORTS_MAX + " items");
            return;
        }
        for (int i = 0; i < ports.size(); i++) {
            String at = "ports[" + i + "]";
            String name = ports.get(i).text("name");
            if (!name.isEmpty()) {
                errors.invalid(at + ".name", name, Names.dnsLabelErrors(name));
            }
            if (!names.add(name)) {
                errors.duplicate(at + ".name", Json.of(name));
            }
            if (ports.get(i).has("port")) {
                errors.port(at + ".port", ports.get(i).number(0, "port"));
            }
            errors.oneOf(at + ".protocol", ports.get(i).text("protocol"), "SCTP", "TCP", "UDP");
        }
    }

    private static void sliceAddresses(String at, Json endpoint, String type, FieldErrors errors) {
        List<Json> addresses = endpoint.list("addresses");
        if (addresses.isEmpty()) {
            errors.required(at + ".addresses", "must contain at least 1 address");
        } else if (addresses.size() > ADDRESSES_MAX) {
            errors.tooLong(at + ".addresses", "must have at most " + ADDRESSES_MAX + " items");
        }
        for (int i = 0; i < addresses.size(); i++) {
            String field = at + ".addresses[" + i + "]";
            String address = addresses.get(i).text();
            if (type.equals("FQDN")) {
                errors.invalid(field, address, Names.dnsSubdomainErrors(address));
            } else if (errors.ip(field, address)) {
                if (address.contains(":") != type.equals("IPv6")) {
                    errors.invalid(at + ".addresses", address, "must be an " + type + " address");
                } else {
                    errors.ordinaryIp(field, address);
                }
            }
        }
        String host = endpoint.text("hostname");
        if (!host.isEmpty()) {
            errors.invalid(at + ".hostname", host, Names.dnsLabelErrors(host));
        }
    }
}
