package io.fairlead.apiserver;

import io.fairlead.api.CertificateRequest;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.Optional;

/// Who asks for a certificate, approves it or signs it needs the right to do so for its signer.
final class CertificateRights implements Admission.Step {
    private static final String CLIENT = "kubernetes.io/kube-apiserver-client";

    private final RoleBasedAuthorizer authorizer;

    CertificateRights(RoleBasedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void validate(Optional<JsonObject> before, JsonObject request, Write write) {
        ResourceType type = write.resource().type();
        if (!type.equals(ResourceType.CERTIFICATE_REQUEST)) {
            return;
        }
        String signer = request.text("spec", "signerName");
        if (before.isEmpty()) {
            requireOrdinaryGroups(signer, request, type);
        } else if (write.part() == Write.Part.APPROVAL) {
            require("approve", signer, request, write);
        } else if (write.part() == Write.Part.STATUS && isSigned(before.get(), request)) {
            require("sign", signer, request, write);
        }
    }

    private static boolean isSigned(JsonObject before, JsonObject after) {
        JsonObject old = before.object("status");
        JsonObject now = after.object("status");
        return !old.text("certificate").equals(now.text("certificate"))
                || !old.list("conditions").equals(now.list("conditions"));
    }

    private void require(String verb, String signer, JsonObject request, Write write) {
        String domain = signer.substring(0, Math.max(0, signer.indexOf('/')));
        if (!may(verb, signer, write) && !may(verb, domain + "/*", write)) {
            throw Refusal.of(
                    write.resource().type(),
                    request,
                    "user not permitted to %s requests with signerName \"%s\""
                            .formatted(verb, signer));
        }
    }

    private boolean may(String verb, String signer, Write write) {
        ResourceType type = write.resource().type();
        return authorizer
                .decide(
                        new AccessRequest.ToResource(
                                write.user(), verb, type.group(), "*", "signers", "", signer))
                .isAllowed();
    }

    // Nobody who may approve ordinary clients makes a master of himself.
    private static void requireOrdinaryGroups(
            String signer, JsonObject request, ResourceType type) {
        if (signer.equals(CLIENT)
                && CertificateRequest.of(request).organizations().contains(User.MASTERS)) {
            throw Refusal.of(
                    type,
                    request,
                    "use of %s signer with %s group is not allowed"
                            .formatted(signer, User.MASTERS));
        }
    }
}
