package io.fairlead.cluster;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// A part of a cluster that can be left out with `--without`, for everybody who brings their own.
public enum Component {
    SCHEDULER("scheduler", "assigns pods to nodes"),
    DEPLOYMENTS(
            "deployments",
            "runs deployments, replica sets and replication controllers",
            "deployment-controller",
            "replicaset-controller",
            "replication-controller"),
    STATEFULSETS("statefulsets", "runs stateful sets", "statefulset-controller"),
    DAEMONSETS("daemonsets", "runs daemon sets", "daemon-set-controller"),
    JOBS(
            "jobs",
            "runs jobs and cron jobs, and removes them after their time",
            "job-controller",
            "cronjob-controller",
            "ttl-after-finished-controller"),
    NODE_LIFECYCLE(
            "node-lifecycle",
            "lets pods onto nodes that are ready, notices nodes that are gone, and moves their pods",
            "node-controller",
            "pod-garbage-collector"),
    VOLUMES(
            "volumes",
            "binds claims to volumes, and makes them of folders",
            "persistent-volume-binder",
            "ephemeral-volume-controller",
            "pvc-protection-controller",
            "pv-protection-controller"),
    CERTIFICATES(
            "certificates",
            "approves what nodes ask for, and signs requests for certificates",
            "certificate-controller"),
    DISRUPTION("disruption", "counts what disruption budgets allow", "disruption-controller"),
    ENDPOINTS(
            "endpoints",
            "keeps endpoints and endpoint slices",
            "endpoint-controller",
            "endpointslice-controller",
            "endpointslicemirroring-controller"),
    GARBAGE_COLLECTOR("garbage-collector", "removes what nobody owns", "generic-garbage-collector"),
    LOAD_BALANCER(
            "load-balancer", "gives LoadBalancer Services their addresses", "service-controller"),
    PROXY("proxy", "makes Services answer on every node"),
    METRICS("metrics", "tells what pods and nodes use (metrics.k8s.io)"),
    DNS("dns", "makes names resolve");

    private final String word;
    private final String purpose;
    private final List<String> controllers;

    Component(String word, String purpose, String... controllers) {
        this.word = word;
        this.purpose = purpose;
        this.controllers = List.of(controllers);
    }

    /// The controllers that are left out with it, by name.
    List<String> controllers() {
        return controllers;
    }

    public String word() {
        return word;
    }

    public String purpose() {
        return purpose;
    }

    public static Optional<Component> find(String word) {
        return Arrays.stream(values()).filter(component -> component.word.equals(word)).findFirst();
    }

    /// Every word, separated by commas, for messages.
    public static String words() {
        return Arrays.stream(values()).map(Component::word).collect(Collectors.joining(", "));
    }
}
