package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.CertificateRequest;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Holds each node to itself: its own Node object, its own Lease, and the pods that are bound to it.
final class NodeRestriction implements Admission.Step {
    static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String LEASES = "kube-node-lease";
    private static final String RESTRICTED = "node-restriction.kubernetes.io/";
    private static final Set<String> OWN_LABELS =
            Set.of(
                    "kubernetes.io/hostname",
                    "kubernetes.io/arch",
                    "kubernetes.io/os",
                    "beta.kubernetes.io/arch",
                    "beta.kubernetes.io/os",
                    "node.kubernetes.io/instance-type",
                    "beta.kubernetes.io/instance-type",
                    "topology.kubernetes.io/region",
                    "topology.kubernetes.io/zone",
                    "failure-domain.beta.kubernetes.io/region",
                    "failure-domain.beta.kubernetes.io/zone");

    @Override
    public void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        String node = write.user().nodeName();
        if (node.isEmpty()) {
            return;
        }
        ResourceType type = write.resource().type();
        if (type.equals(ResourceType.NODE)) {
            node(node, before, object, write);
        } else if (type.equals(ResourceType.POD)) {
            pod(node, before, object, write);
        } else if (type.equals(ResourceType.LEASE)) {
            lease(node, object, type);
        } else if (type.equals(ResourceType.CERTIFICATE_REQUEST) && before.isEmpty()) {
            certificate(write.user(), object, type);
        }
    }

    /// Whether a node may delete an object.
    ///
    /// @throws ApiException 403
    static void checkDeletion(JsonObject object, Write write) {
        String node = write.user().nodeName();
        ResourceType type = write.resource().type();
        if (node.isEmpty()) {
            return;
        }
        if (type.equals(ResourceType.POD) && !object.text("spec", "nodeName").equals(node)) {
            throw Refusal.of(
                    type,
                    object,
                    "node \"%s\" can only delete pods with spec.nodeName set to itself"
                            .formatted(node));
        }
        if (type.equals(ResourceType.NODE)) {
            throw Refusal.of(
                    type,
                    object,
                    "node \"%s\" cannot delete node \"%s\""
                            .formatted(node, object.text("metadata", "name")));
        }
    }

    /// Whether a node may have a token: for a pod that runs on it.
    ///
    /// @throws ApiException 403
    static void checkToken(
            User user, JsonObject request, RequestTarget.Resource target, ObjectReader reader) {
        String node = user.nodeName();
        if (node.isEmpty()) {
            return;
        }
        JsonObject bound = request.object("spec", "boundObjectRef");
        String problem = "";
        if (!bound.text("kind").equals("Pod") || bound.text("name").isEmpty()) {
            problem = "node requested token not bound to a pod";
        } else if (bound.text("uid").isEmpty()) {
            problem = "node requested token with a pod binding without a uid";
        } else {
            JsonObject pod =
                    reader.find(
                                    ResourceType.POD,
                                    new ObjectName(target.namespace(), bound.text("name")))
                            .tree();
            if (!pod.text("metadata", "uid").equals(bound.text("uid"))) {
                problem =
                        "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
                                .formatted(bound.text("uid"));
            } else if (!pod.text("spec", "nodeName").equals(node)) {
                problem = "node requested token bound to a pod scheduled on a different node";
            }
        }
        if (!problem.isEmpty()) {
            throw new ApiException(
                    Status.about(
                            403,
                            "Forbidden",
                            "serviceaccounts \"%s\" is forbidden: %s"
                                    .formatted(target.name(), problem),
                            ResourceType.SERVICE_ACCOUNT,
                            target.name()));
        }
    }

    // What a node asks for is for itself.
    private static void certificate(User user, JsonObject request, ResourceType type) {
        String signer = request.text("spec", "signerName");
        boolean isForNodes =
                signer.equals("kubernetes.io/kubelet-serving")
                        || signer.equals("kubernetes.io/kube-apiserver-client-kubelet");
        if (isForNodes && !CertificateRequest.of(request).commonName().equals(user.name())) {
            throw Refusal.of(type, request, "can only create a node CSR with CN=" + user.name());
        }
    }

    private static void node(
            String node, Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        String name = object.text("metadata", "name");
        if (!name.equals(node)) {
            throw Refusal.of(
                    type,
                    object,
                    "node \"%s\" is not allowed to modify node \"%s\"".formatted(node, name));
        }
        JsonObject old = before.orElse(JsonObject.EMPTY).object("metadata", "labels");
        JsonObject labels = object.object("metadata", "labels");
        Set<String> changed = new HashSet<>(labels.names());
        changed.addAll(old.names());
        changed.removeIf(label -> old.find(label).equals(labels.find(label)));
        Set<String> refused = new TreeSet<>();
        changed.stream().filter(NodeRestriction::isForbidden).forEach(refused::add);
        if (!refused.isEmpty()) {
            throw Refusal.of(
                    type, object, "is not allowed to modify labels: " + String.join(", ", refused));
        }
        boolean changesTaints =
                before.isPresent()
                        && !before.get()
                                .list("spec", "taints")
                                .equals(object.list("spec", "taints"));
        if (changesTaints) {
            throw Refusal.of(
                    type, object, "node \"%s\" is not allowed to modify taints".formatted(node));
        }
    }

    private static boolean isForbidden(String label) {
        int slash = label.indexOf('/');
        String domain = slash < 0 ? "" : label.substring(0, slash);
        if (label.contains(RESTRICTED)) {
            return true;
        }
        boolean isOfKubernetes =
                domain.equals("kubernetes.io")
                        || domain.endsWith(".kubernetes.io")
                        || domain.equals("k8s.io")
                        || domain.endsWith(".k8s.io");
        boolean isOfNodes =
                domain.equals("kubelet.kubernetes.io")
                        || domain.endsWith(".kubelet.kubernetes.io")
                        || domain.equals("node.kubernetes.io")
                        || domain.endsWith(".node.kubernetes.io");
        return isOfKubernetes && !isOfNodes && !OWN_LABELS.contains(label);
    }

    private static void pod(
            String node, Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        if (before.isEmpty()) {
            if (!object.has("metadata", "annotations", MIRROR)) {
                throw Refusal.of(
                        type,
                        object,
                        "pod does not have \"%s\" annotation, node \"%s\" can only create mirror pods"
                                .formatted(MIRROR, node));
            }
            if (!object.text("spec", "nodeName").equals(node)) {
                throw Refusal.of(
                        type,
                        object,
                        "node \"%s\" can only create pods with spec.nodeName set to itself"
                                .formatted(node));
            }
            return;
        }
        if (write.part() == Write.Part.STATUS
                && !before.get().text("spec", "nodeName").equals(node)) {
            throw Refusal.of(
                    type,
                    object,
                    "node \"%s\" can only update pod status for pods with spec.nodeName set to itself"
                            .formatted(node));
        }
    }

    private static void lease(String node, JsonObject lease, ResourceType type) {
        if (!lease.text("metadata", "namespace").equals(LEASES)) {
            throw Refusal.of(
                    type,
                    lease,
                    "can only access leases in the \"%s\" system namespace".formatted(LEASES));
        }
        if (!lease.text("metadata", "name").equals(node)) {
            throw Refusal.of(
                    type,
                    lease,
                    "can only access node lease with the same name as the requesting node");
        }
    }
}
