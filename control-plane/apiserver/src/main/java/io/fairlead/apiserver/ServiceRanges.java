package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/// Says of each range of Service addresses that it is ready, and lets a range go once no address of it is in use.
final class ServiceRanges {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");

    private static final String FINALIZER = "networking.k8s.io/service-cidr-finalizer";

    private final Transport transport;
    private final InstantSource clock;

    ServiceRanges(Transport transport, InstantSource clock) {
        this.transport = transport;
        this.clock = clock;
    }

    void settle() {
        try {
            for (Json item :
                    transport
                            .send(Housekeeping.list(ServiceAddresses.SERVICE_CIDR))
                            .list("items")) {
                settle((JsonObject) item);
            }
        } catch (ApiException e) {
            LOG.log(Level.WARNING, "cannot settle Service ranges: " + e.getMessage());
        }
    }

    private void settle(JsonObject range) {
        String path =
                ServiceAddresses.SERVICE_CIDR.path(
                        ObjectName.clusterWide(range.text("metadata", "name")));
        if (range.has("metadata", "deletionTimestamp")) {
            if (!isInUse(range)) {
                transport.send(
                        ApiRequest.put(
                                path, range.withAt(JsonArray.EMPTY, "metadata", "finalizers")));
            }
            return;
        }
        if (range.list("metadata", "finalizers").isEmpty()) {
            transport.send(
                    ApiRequest.patch(
                            path,
                            ApiRequest.MERGE_PATCH,
                            JsonObject.EMPTY.withAt(
                                    JsonArray.of(Json.of(FINALIZER)), "metadata", "finalizers")));
        }
        if (range.list("status", "conditions").isEmpty()) {
            JsonObject ready =
                    JsonObject.builder()
                            .put("type", "Ready")
                            .put("status", "True")
                            .put(
                                    "lastTransitionTime",
                                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
                            .put("reason", "")
                            .put("message", "Kubernetes Service CIDR is ready")
                            .build();
            transport.send(
                    ApiRequest.patch(
                            path + "/status",
                            ApiRequest.MERGE_PATCH,
                            JsonObject.EMPTY.withAt(JsonArray.of(ready), "status", "conditions")));
        }
    }

    private boolean isInUse(JsonObject range) {
        JsonObject addresses = transport.send(Housekeeping.list(ServiceAddresses.IP_ADDRESS));
        return addresses.list("items").stream()
                .map(item -> item.text("metadata", "name"))
                .anyMatch(address ->
                        range.list("spec", "cidrs").stream()
                                .map(Json::text)
                                .anyMatch(cidr ->
                                        io.fairlead.api.Cidr.parse(cidr)
                                                .contains(io.fairlead.api.Cidr.literal(address))));
    }
}
