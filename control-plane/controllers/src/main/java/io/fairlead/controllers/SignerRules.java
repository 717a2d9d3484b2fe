package io.fairlead.controllers;

import io.fairlead.api.CertificateRequest;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What Kubernetes' own signers sign, and who gets which.
enum SignerRules {
    /// Anybody's certificate for the API server; somebody has to approve it.
    CLIENT("kubernetes.io/kube-apiserver-client"),
    /// A node's certificate for the API server.
    NODE_CLIENT("kubernetes.io/kube-apiserver-client-kubelet"),
    /// What a node proves itself with on its own port.
    NODE_SERVING("kubernetes.io/kubelet-serving");

    private static final Set<String> CLIENT_USAGES =
            Set.of("key encipherment", "digital signature", "client auth");
    private static final Set<String> SERVING_USAGES =
            Set.of("key encipherment", "digital signature", "server auth");
    private static final String NODE_PREFIX = "system:node:";
    private static final Set<String> NODE_GROUP = Set.of("system:nodes");

    private final String signerName;

    SignerRules(String signerName) {
        this.signerName = signerName;
    }

    static Optional<SignerRules> of(String signerName) {
        for (SignerRules rules : values()) {
            if (rules.signerName.equals(signerName)) {
                return Optional.of(rules);
            }
        }
        return Optional.empty();
    }

    /// Why the signer does not sign; empty when it does.
    ///
    /// @param usages those asked for
    /// @param userName who asks
    Optional<String> objection(CertificateRequest request, Set<String> usages, String userName) {
        String objection =
                switch (this) {
                    case CLIENT -> usagesFor(usages, CLIENT_USAGES, "client auth");
                    case NODE_CLIENT -> nodeClient(request, usages);
                    case NODE_SERVING -> nodeServing(request, usages, userName);
                };
        return objection.isEmpty() ? Optional.empty() : Optional.of(objection);
    }

    private static String nodeClient(CertificateRequest request, Set<String> usages) {
        if (!Set.copyOf(request.organizations()).equals(NODE_GROUP)
                || request.organizations().size() != 1) {
            return "subject organization is not system:nodes";
        }
        if (!request.dnsNames().isEmpty()) {
            return "DNS subjectAltNames are not allowed";
        }
        if (!request.emails().isEmpty()) {
            return "Email subjectAltNames are not allowed";
        }
        if (!request.addresses().isEmpty()) {
            return "IP subjectAltNames are not allowed";
        }
        if (!request.uris().isEmpty()) {
            return "URI subjectAltNames are not allowed";
        }
        if (!request.commonName().startsWith(NODE_PREFIX)) {
            return "subject common name does not begin with system:node:";
        }
        return exactly(usages, CLIENT_USAGES)
                ? ""
                : "usages did not match [client auth, digital signature, key encipherment]";
    }

    private static String nodeServing(
            CertificateRequest request, Set<String> usages, String userName) {
        if (!Set.copyOf(request.organizations()).equals(NODE_GROUP)
                || request.organizations().size() != 1) {
            return "subject organization is not system:nodes";
        }
        if (request.dnsNames().isEmpty() && request.addresses().isEmpty()) {
            return "DNS or IP subjectAltName is required";
        }
        if (!request.emails().isEmpty()) {
            return "Email subjectAltNames are not allowed";
        }
        if (!request.uris().isEmpty()) {
            return "URI subjectAltNames are not allowed";
        }
        if (!exactly(usages, SERVING_USAGES)) {
            return "usages did not match [digital signature, key encipherment, server auth]";
        }
        if (!request.commonName().startsWith(NODE_PREFIX)) {
            return "subject common name does not begin with system:node:";
        }
        return request.commonName().equals(userName)
                ? ""
                : "subject common name is not the name of the requesting node";
    }

    // Keys that are no RSA keys have nothing to encipher.
    private static boolean exactly(Set<String> usages, Set<String> wanted) {
        Set<String> given = new HashSet<>(usages);
        given.add("key encipherment");
        return given.equals(wanted);
    }

    private static String usagesFor(Set<String> usages, Set<String> allowed, String needed) {
        return usages.contains(needed) && allowed.containsAll(usages)
                ? ""
                : "invalid usages for client certificate: " + String.join(", ", usages);
    }
}
