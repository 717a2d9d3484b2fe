package io.fairlead.controllers;

import io.fairlead.api.CertificateRequest;
import java.time.Duration;
import java.util.Collection;

/// The authority that makes certificates of requests.
public interface CertificateSigner {
    /// @param usages in Kubernetes' words, such as `client auth`
    /// @return the certificate as a PEM block
    String sign(CertificateRequest request, Collection<String> usages, Duration lifetime);
}
