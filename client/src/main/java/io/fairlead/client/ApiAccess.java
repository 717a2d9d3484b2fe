package io.fairlead.client;

import java.util.function.Supplier;

/// Where an API server is, whom to trust there, and who one is.
///
/// @param token asked for before each request, because tokens expire; gives an empty text without one
public record ApiAccess(Kubeconfig.Access way, Supplier<String> token) {
    /// By the current context of a kubeconfig.
    ///
    /// @throws KubeconfigException when it does not say enough
    public static ApiAccess of(Kubeconfig kubeconfig) {
        Kubeconfig.Access way = kubeconfig.current();
        return new ApiAccess(way, way::token);
    }

    /// As a pod's service account.
    public static ApiAccess of(PodIdentity pod) {
        return new ApiAccess(pod.access(), pod.token());
    }
}
