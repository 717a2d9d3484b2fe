package io.fairlead.controllers;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonString;
import io.fairlead.api.Names;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Service;
import io.fairlead.api.ServicePort;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a Service of type LoadBalancer wants of the pool.
///
/// @param created for the order in which Services are served
/// @param wishes the addresses it insists on, at most one a family
/// @param sharing Services that say the same word may have one address together; empty for those that want theirs alone
/// @param ports what it needs of an address, each as `TCP 80`
/// @param held the addresses it has now
record LoadBalancerRequest(
        ObjectName service,
        String created,
        List<IpFamily> families,
        Completeness completeness,
        List<IpAddress> wishes,
        String sharing,
        Set<String> ports,
        List<IpAddress> held) {
    static final String IP_ANNOTATION = "fairlead.io/load-balancer-ip";
    static final String HOSTNAME_ANNOTATION = "fairlead.io/load-balancer-hostname";
    static final String SHARED_ANNOTATION = "fairlead.io/load-balancer-shared";

    /// Whether a Service of two families can do with one address.
    enum Completeness {
        ALL_FAMILIES,
        ANY_FAMILY
    }

    /// @throws IllegalArgumentException with a sentence when an annotation or the specification names what is no address
    static LoadBalancerRequest of(Service service) {
        Set<String> ports = new HashSet<>();
        for (ServicePort port : service.ports()) {
            port.protocol().ifPresent(protocol -> ports.add(protocol + " " + port.port()));
        }
        List<IpFamily> families = new ArrayList<>();
        for (Json family : service.tree().list("spec", "ipFamilies")) {
            boolean isIpv6 =
                    family instanceof JsonString text
                            && text.value().equals(IpFamily.IPV6.toString());
            families.add(isIpv6 ? IpFamily.IPV6 : IpFamily.IPV4);
        }
        return new LoadBalancerRequest(
                service.objectName(),
                service.tree().text("metadata", "creationTimestamp"),
                families.isEmpty() ? List.of(IpFamily.IPV4) : List.copyOf(families),
                service.tree().text("spec", "ipFamilyPolicy").equals("RequireDualStack")
                        ? Completeness.ALL_FAMILIES
                        : Completeness.ANY_FAMILY,
                wishes(service),
                service.annotations().getOrDefault(SHARED_ANNOTATION, ""),
                ports,
                service.loadBalancerIps());
    }

    /// The name that a Service's status is to carry beside its addresses.
    ///
    /// @throws IllegalArgumentException with a sentence when it is no name
    static Optional<String> hostname(Service service) {
        String name = service.annotations().getOrDefault(HOSTNAME_ANNOTATION, "").strip();
        if (name.isEmpty()) {
            return Optional.empty();
        }
        if (!Names.dnsSubdomainErrors(name).isEmpty()) {
            throw new IllegalArgumentException(
                    "annotation %s: \"%s\" is not a host name in lower case"
                            .formatted(HOSTNAME_ANNOTATION, name));
        }
        return Optional.of(name);
    }

    Optional<IpAddress> wish(IpFamily family) {
        return wishes.stream().filter(wish -> wish.family() == family).findFirst();
    }

    Optional<IpAddress> held(IpFamily family) {
        return held.stream().filter(address -> address.family() == family).findFirst();
    }

    /// The annotation counts before the field, which has room for one address only.
    private static List<IpAddress> wishes(Service service) {
        String annotation = service.annotations().getOrDefault(IP_ANNOTATION, "").strip();
        String source =
                annotation.isEmpty() ? "spec.loadBalancerIP" : "annotation " + IP_ANNOTATION;
        String text =
                annotation.isEmpty() ? service.tree().text("spec", "loadBalancerIP") : annotation;
        List<IpAddress> wishes = new ArrayList<>();
        for (String word : text.split("[,\\s]+", -1)) {
            if (!word.isEmpty()) {
                wishes.add(
                        IpAddress.find(word)
                                .orElseThrow(() ->
                                        new IllegalArgumentException(
                                                "%s: \"%s\" is not an address"
                                                        .formatted(source, word))));
            }
        }
        return wishes;
    }
}
