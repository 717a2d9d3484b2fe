package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.Status;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The cluster addresses of a Service, each held by an IPAddress object. Taken and given back in the transaction that writes the Service.
final class ServiceAddresses {
    static final ResourceType IP_ADDRESS =
            new ResourceType("networking.k8s.io", "v1", "ipaddresses", "IPAddress", Scope.CLUSTER);
    static final ResourceType SERVICE_CIDR =
            new ResourceType(
                    "networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", Scope.CLUSTER);

    private static final int TRIES_MAX = 1000;
    private static final String DEFAULT_RANGE = "kubernetes";
    private static final String NONE = "None";

    private ServiceAddresses() {}

    /// The Service with its cluster addresses, one for each of its families: those it asks for, or free ones.
    ///
    /// @throws ApiException 422 when an address cannot be had, 500 when there is none left
    static JsonObject claim(Optional<JsonObject> before, JsonObject service, Claims claims) {
        if (!needsAddress(service)) {
            return service;
        }
        List<Cidr> ranges = ranges(claims);
        Set<String> held = new HashSet<>(before.map(ServiceAddresses::addresses).orElse(List.of()));
        List<Json> wanted = service.list("spec", "clusterIPs");
        List<Json> families = service.list("spec", "ipFamilies");
        List<Json> addresses = new ArrayList<>();
        for (int i = 0; i < families.size(); i++) {
            String address = i < wanted.size() ? wanted.get(i).text() : "";
            if (address.isEmpty()) {
                address = freeAddress(ranges, families.get(i).text(), claims);
                claims.take(addressKey(address), addressObject(address, service));
            } else if (!held.contains(address)) {
                claimAddress(address, ranges, service, claims);
            }
            addresses.add(Json.of(address));
        }
        return service.withAt(addresses.getFirst(), "spec", "clusterIP")
                .withAt(new JsonArray(addresses), "spec", "clusterIPs");
    }

    private static void claimAddress(
            String address, List<Cidr> ranges, JsonObject service, Claims claims) {
        if (ranges.stream().noneMatch(range -> isUsable(range, address))) {
            throw notAllocated(
                    service, address, "the provided network does not match the current range");
        }
        if (!claims.isFree(addressKey(address))) {
            throw notAllocated(service, address, "provided IP is already allocated");
        }
        claims.take(addressKey(address), addressObject(address, service));
    }

    /// Gives back the addresses of `before` that `after` does not have.
    static void giveBackUnused(JsonObject before, JsonObject after, Claims claims) {
        Set<String> kept = new HashSet<>(addresses(after));
        addresses(before).stream()
                .filter(address -> !kept.contains(address))
                .forEach(address -> claims.giveBack(addressKey(address)));
    }

    static void giveBackAll(JsonObject service, Claims claims) {
        addresses(service).forEach(address -> claims.giveBack(addressKey(address)));
    }

    static List<Cidr> ranges(Claims claims) {
        List<Cidr> ranges = new ArrayList<>();
        for (var stored : claims.snapshot().list(StorageKeys.prefix(SERVICE_CIDR))) {
            JsonObject range = stored.value().tree();
            boolean isFirst = range.text("metadata", "name").equals(DEFAULT_RANGE);
            // The first range serves at once, before any controller has seen it.
            if (range.has("metadata", "deletionTimestamp") || !(isFirst || isReady(range))) {
                continue;
            }
            List<Cidr> cidrs =
                    range.list("spec", "cidrs").stream().map(Json::text).map(Cidr::parse).toList();
            // Addresses come from the first range as long as it has any.
            ranges.addAll(isFirst ? 0 : ranges.size(), cidrs);
        }
        return ranges;
    }

    private static boolean isReady(JsonObject range) {
        return range.list("status", "conditions").stream()
                .anyMatch(condition ->
                        condition.text("type").equals("Ready")
                                && condition.text("status").equals("True"));
    }

    static boolean needsAddress(JsonObject service) {
        return !service.text("spec", "type").equals("ExternalName") && !isHeadless(service);
    }

    static boolean isHeadless(JsonObject service) {
        return service.text("spec", "clusterIP").equals(NONE);
    }

    private static String freeAddress(List<Cidr> ranges, String family, Claims claims) {
        for (Cidr range : ranges) {
            if (!range.family().toString().equals(family)) {
                continue;
            }
            // Small numbers are left to those who choose addresses themselves. An IPv6 range has no
            // broadcast address at its end.
            long size = range.size() - (range.isIpv6() ? 1 : 2);
            long reserved = Math.min(Math.max(16, size / 16), 256);
            if (size <= reserved) {
                reserved = 0;
            }
            for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
                long offset = 1 + reserved + claims.random().nextLong(Math.max(1, size - reserved));
                String address = text(range, offset);
                if (claims.isFree(addressKey(address))) {
                    return address;
                }
            }
            for (long offset = 1; offset <= size; offset++) {
                String address = text(range, offset);
                if (claims.isFree(addressKey(address))) {
                    return address;
                }
            }
        }
        throw new ApiException(
                new Status(
                        500,
                        "InternalError",
                        "Internal error occurred: failed to allocate a serviceIP: range is full",
                        JsonObject.EMPTY));
    }

    private static String text(Cidr range, long offset) {
        return IpAddress.of(range.address(offset)).toString();
    }

    private static boolean isUsable(Cidr range, String address) {
        InetAddress parsed = Cidr.literal(address);
        if (!range.contains(parsed) || parsed.equals(range.first())) {
            return false;
        }
        return range.isIpv6() || !parsed.equals(range.last());
    }

    private static List<String> addresses(JsonObject service) {
        return service.list("spec", "clusterIPs").stream()
                .map(Json::text)
                .filter(address -> !address.isEmpty() && !address.equals(NONE))
                .toList();
    }

    private static String addressKey(String address) {
        return StorageKeys.key(IP_ADDRESS, ObjectName.clusterWide(address));
    }

    private static JsonObject addressObject(String address, JsonObject service) {
        JsonObject metadata = service.object("metadata");
        return JsonObject.builder()
                .put("kind", IP_ADDRESS.kind())
                .put("apiVersion", IP_ADDRESS.apiVersion())
                .put(
                        "metadata",
                        JsonObject.builder()
                                .put("name", address)
                                .put("uid", derivedUid(metadata.text("uid"), address))
                                .put("creationTimestamp", metadata.text("creationTimestamp"))
                                .put(
                                        "labels",
                                        JsonObject.of(
                                                "ipaddress.kubernetes.io/ip-family",
                                                Json.of(address.contains(":") ? "IPv6" : "IPv4"),
                                                "ipaddress.kubernetes.io/managed-by",
                                                Json.of("ipallocator.k8s.io")))
                                .build())
                .put("spec", JsonObject.of("parentRef", ServicePorts.holder(service)))
                .build();
    }

    // The address object has no client who could name it, so its uid follows from what it stands
    // for.
    private static String derivedUid(String serviceUid, String address) {
        return java.util
                .UUID
                .nameUUIDFromBytes(HttpRequests.utf8(serviceUid + "/" + address))
                .toString();
    }

    private static ApiException notAllocated(JsonObject service, String address, String why) {
        String value = new JsonArray(service.list("spec", "clusterIPs")).toString();
        return Invalid.object(
                ResourceType.SERVICE,
                service.text("metadata", "name"),
                List.of(
                        Invalid.value(
                                "spec.clusterIPs",
                                value,
                                "failed to allocate IP " + address + ": " + why)));
    }
}
