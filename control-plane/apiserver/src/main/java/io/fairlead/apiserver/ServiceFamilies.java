package io.fairlead.apiserver;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which families a Service has: settles `ipFamilyPolicy` and `ipFamilies` from what a client says, what was there before, and what the cluster has. The
/// first family is the one of the first address and stays as long as the Service has an address.
final class ServiceFamilies {
    private static final String POLICY = "ipFamilyPolicy";
    private static final String FAMILIES = "ipFamilies";
    private static final String ADDRESSES = "clusterIPs";
    private static final String SINGLE = "SingleStack";
    private static final String PREFER_DUAL = "PreferDualStack";
    private static final String REQUIRE_DUAL = "RequireDualStack";

    private final List<IpFamily> configured;
    private final List<JsonObject> causes = new ArrayList<>();
    private final JsonObject service;
    private JsonObject spec;

    private ServiceFamilies(FamilyCidrs ranges, JsonObject service) {
        this.configured = ranges.families();
        this.service = service;
        this.spec = service.object("spec");
    }

    /// @param ranges the cluster's own, whose first family is the default
    /// @param before empty when the Service is being made
    /// @throws io.fairlead.api.ApiException 422 when the cluster cannot do it, or the fields contradict each other
    static JsonObject settle(FamilyCidrs ranges, Optional<JsonObject> before, JsonObject service) {
        if (service.text("spec", "type").equals("ExternalName")
                || isUntouchedPreference(before, service)) {
            return service;
        }
        ServiceFamilies families = new ServiceFamilies(ranges, service);
        families.settlePolicy(before.map(old -> old.object("spec")));
        before.ifPresent(old -> families.checkReduced(old.object("spec")));
        families.checkPolicy();
        families.inferFromAddresses();
        families.requireNoCause();
        families.complete();
        return service.with("spec", families.spec);
    }

    /// A Service that prefers two families keeps those it got, also when the cluster came to have another one since.
    private static boolean isUntouchedPreference(Optional<JsonObject> before, JsonObject service) {
        if (before.isEmpty()) {
            return false;
        }
        JsonObject old = before.get().object("spec");
        JsonObject spec = service.object("spec");
        return old.text("type").equals(spec.text("type"))
                && old.text(POLICY).equals(PREFER_DUAL)
                && spec.text(POLICY).equals(PREFER_DUAL)
                && old.list(ADDRESSES).equals(spec.list(ADDRESSES))
                && old.list(FAMILIES).equals(spec.list(FAMILIES));
    }

    private void settlePolicy(Optional<JsonObject> old) {
        if (!spec.text(POLICY).isEmpty()) {
            return;
        }
        String known = old.map(it -> it.text(POLICY)).orElse("");
        String otherwise = isHeadlessWithoutSelector() ? REQUIRE_DUAL : SINGLE;
        spec = spec.with(POLICY, known.isEmpty() ? otherwise : known);
    }

    private void checkReduced(JsonObject old) {
        for (String field : List.of(ADDRESSES, FAMILIES)) {
            List<Json> present = spec.list(field);
            boolean isSame = present.equals(old.list(field));
            if (isSingle() && isSame && present.size() > 1) {
                // To say one where there are two is clear enough; the first of them stays.
                spec = spec.with(field, JsonArray.of(present.getFirst()));
            } else if (!isSingle()
                    && !present.isEmpty()
                    && present.size() < old.list(field).size()) {
                causes.add(
                        policyCause(
                                "must be 'SingleStack' to release the secondary "
                                        + (field.equals(ADDRESSES) ? "cluster IP" : "IP family")));
            }
        }
    }

    private void checkPolicy() {
        if (!isSingle()) {
            return;
        }
        String needed = "must be 'RequireDualStack' or 'PreferDualStack' when multiple ";
        if (spec.list(ADDRESSES).size() == 2) {
            causes.add(policyCause(needed + "cluster IPs are specified"));
        }
        if (spec.list(FAMILIES).size() == 2) {
            causes.add(policyCause(needed + "IP families are specified"));
        }
    }

    private void inferFromAddresses() {
        List<Json> addresses = spec.list(ADDRESSES);
        List<Json> families = new ArrayList<>(spec.list(FAMILIES));
        for (int i = families.size(); i < addresses.size(); i++) {
            Optional<IpFamily> family =
                    IpAddress.find(addresses.get(i).text()).map(IpAddress::family);
            if (family.isEmpty()) {
                break;
            }
            if (!configured.contains(family.get())) {
                causes.add(
                        Invalid.value(
                                "spec.clusterIPs[" + i + "]",
                                new JsonArray(addresses).toString(),
                                family.get() + " is not configured on this cluster"));
            } else {
                families.add(Json.of(family.get().toString()));
            }
        }
        if (!families.isEmpty()) {
            spec = spec.with(FAMILIES, new JsonArray(families));
        }
    }

    private void complete() {
        boolean isFree = isHeadlessWithoutSelector();
        if (!isFree) {
            if (spec.text(POLICY).equals(REQUIRE_DUAL) && configured.size() < 2) {
                causes.add(policyCause("this cluster is not configured for dual-stack services"));
            }
            List<Json> families = spec.list(FAMILIES);
            for (int i = 0; i < families.size(); i++) {
                if (configured.stream()
                        .map(IpFamily::toString)
                        .noneMatch(families.get(i).text()::equals)) {
                    causes.add(
                            Invalid.value(
                                    "spec.ipFamilies[" + i + "]",
                                    families.get(i).toString(),
                                    "not configured on this cluster"));
                }
            }
            requireNoCause();
        }
        List<Json> families = new ArrayList<>(spec.list(FAMILIES));
        if (families.isEmpty()) {
            families.add(Json.of(configured.getFirst().toString()));
        }
        if (!isSingle() && families.size() == 1 && (isFree || configured.size() == 2)) {
            families.add(Json.of(families.getFirst().text().equals("IPv4") ? "IPv6" : "IPv4"));
        }
        spec = spec.with(FAMILIES, new JsonArray(families));
    }

    private boolean isSingle() {
        return spec.text(POLICY).equals(SINGLE);
    }

    /// Nobody but its user makes its endpoints, so it may have families that the cluster does not have.
    private boolean isHeadlessWithoutSelector() {
        return spec.text("clusterIP").equals("None") && spec.object("selector").isEmpty();
    }

    private JsonObject policyCause(String message) {
        return Invalid.value("spec.ipFamilyPolicy", "\"" + spec.text(POLICY) + "\"", message);
    }

    private void requireNoCause() {
        if (!causes.isEmpty()) {
            throw Invalid.object(ResourceType.SERVICE, service.text("metadata", "name"), causes);
        }
    }
}
