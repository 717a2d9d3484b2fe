package io.fairlead.api;

/// A type of object that the API serves: where it lives in URLs, and what its objects call themselves.
///
/// @param group empty for the core group
/// @param plural the resource's name in URLs, such as `endpointslices`
public record ResourceType(String group, String version, String plural, String kind, Scope scope) {
    /// Whether objects of a type live in a namespace.
    public enum Scope {
        NAMESPACED,
        CLUSTER
    }

    public static final ResourceType NAMESPACE = core("namespaces", "Namespace", Scope.CLUSTER);
    public static final ResourceType NODE = core("nodes", "Node", Scope.CLUSTER);
    public static final ResourceType POD = core("pods", "Pod", Scope.NAMESPACED);
    public static final ResourceType SERVICE = core("services", "Service", Scope.NAMESPACED);
    public static final ResourceType ENDPOINTS = core("endpoints", "Endpoints", Scope.NAMESPACED);
    public static final ResourceType CONFIG_MAP = core("configmaps", "ConfigMap", Scope.NAMESPACED);
    public static final ResourceType SECRET = core("secrets", "Secret", Scope.NAMESPACED);
    public static final ResourceType SERVICE_ACCOUNT =
            core("serviceaccounts", "ServiceAccount", Scope.NAMESPACED);
    public static final ResourceType EVENT = core("events", "Event", Scope.NAMESPACED);
    public static final ResourceType ENDPOINT_SLICE =
            new ResourceType(
                    "discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", Scope.NAMESPACED);
    public static final ResourceType SERVICE_CIDR =
            new ResourceType(
                    "networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", Scope.CLUSTER);
    public static final ResourceType LEASE =
            new ResourceType("coordination.k8s.io", "v1", "leases", "Lease", Scope.NAMESPACED);
    public static final ResourceType CERTIFICATE_REQUEST =
            new ResourceType(
                    "certificates.k8s.io",
                    "v1",
                    "certificatesigningrequests",
                    "CertificateSigningRequest",
                    Scope.CLUSTER);
    public static final ResourceType DEPLOYMENT =
            new ResourceType("apps", "v1", "deployments", "Deployment", Scope.NAMESPACED);
    public static final ResourceType REPLICA_SET =
            new ResourceType("apps", "v1", "replicasets", "ReplicaSet", Scope.NAMESPACED);
    public static final ResourceType STATEFUL_SET = apps("statefulsets", "StatefulSet");
    public static final ResourceType DAEMON_SET = apps("daemonsets", "DaemonSet");
    public static final ResourceType CONTROLLER_REVISION =
            apps("controllerrevisions", "ControllerRevision");
    public static final ResourceType REPLICATION_CONTROLLER =
            core("replicationcontrollers", "ReplicationController", Scope.NAMESPACED);
    public static final ResourceType JOB =
            new ResourceType("batch", "v1", "jobs", "Job", Scope.NAMESPACED);
    public static final ResourceType CRON_JOB =
            new ResourceType("batch", "v1", "cronjobs", "CronJob", Scope.NAMESPACED);
    public static final ResourceType POD_DISRUPTION_BUDGET =
            new ResourceType(
                    "policy",
                    "v1",
                    "poddisruptionbudgets",
                    "PodDisruptionBudget",
                    Scope.NAMESPACED);
    public static final ResourceType PERSISTENT_VOLUME =
            core("persistentvolumes", "PersistentVolume", Scope.CLUSTER);
    public static final ResourceType PERSISTENT_VOLUME_CLAIM =
            core("persistentvolumeclaims", "PersistentVolumeClaim", Scope.NAMESPACED);
    public static final ResourceType STORAGE_CLASS =
            new ResourceType(
                    "storage.k8s.io", "v1", "storageclasses", "StorageClass", Scope.CLUSTER);
    public static final ResourceType RESOURCE_QUOTA =
            core("resourcequotas", "ResourceQuota", Scope.NAMESPACED);

    private static ResourceType apps(String plural, String kind) {
        return new ResourceType("apps", "v1", plural, kind, Scope.NAMESPACED);
    }

    private static ResourceType core(String plural, String kind, Scope scope) {
        return new ResourceType("", "v1", plural, kind, scope);
    }

    public boolean isNamespaced() {
        return scope == Scope.NAMESPACED;
    }

    /// As objects write it: `v1`, `apps/v1`.
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /// As messages write it: `pods`, `deployments.apps`.
    public String qualifiedPlural() {
        return group.isEmpty() ? plural : plural + "." + group;
    }

    /// The URL path of all objects of this type, in one namespace unless `namespace` is empty.
    public String collectionPath(String namespace) {
        String root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
        return isNamespaced() && !namespace.isEmpty()
                ? root + "/namespaces/" + namespace + "/" + plural
                : root + "/" + plural;
    }

    public String path(ObjectName name) {
        return collectionPath(name.namespace()) + "/" + name.name();
    }

    @Override
    public String toString() {
        return plural + "." + version + (group.isEmpty() ? "" : "." + group);
    }
}
