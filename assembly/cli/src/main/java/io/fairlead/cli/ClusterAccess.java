package io.fairlead.cli;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Deletion;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.PodExec;
import io.fairlead.client.RemoteTransport;
import io.fairlead.client.Selection;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// The administrator's way to a running cluster, over HTTPS like anybody's.
final class ClusterAccess implements AutoCloseable {
    private static final String MANAGER = "fairlead";
    private static final Duration COPY_LIMIT = Duration.ofMinutes(5);

    private final RemoteTransport transport;

    private ClusterAccess(RemoteTransport transport) {
        this.transport = transport;
    }

    static ClusterAccess open(ClusterFolders folders) {
        return new ClusterAccess(RemoteTransport.open(Kubeconfig.read(folders.adminKubeconfig())));
    }

    KubeClient client() {
        return new KubeClient(transport);
    }

    PodExec exec() {
        return new PodExec(transport.http(), transport.server());
    }

    /// A copy of the cluster's store, as it is at one moment.
    byte[] storeCopy() {
        HttpRequest request =
                HttpRequest.newBuilder(transport.server().resolve("/fairlead/backup"))
                        .timeout(COPY_LIMIT)
                        .build();
        try {
            HttpResponse<byte[]> answer =
                    transport.http().send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new ClusterException(
                        "the API server gives no copy of its store: it answers %d, %s."
                                .formatted(
                                        answer.statusCode(),
                                        new String(answer.body(), StandardCharsets.UTF_8).strip()));
            }
            return answer.body();
        } catch (IOException e) {
            throw new ClusterException(
                    "the API server gives no copy of its store: %s.".formatted(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("interrupted while the store was copied.", e);
        }
    }

    List<JsonObject> list(ResourceType type, String namespace, String labelSelector) {
        Selection selection =
                labelSelector.isEmpty() ? Selection.ALL : Selection.byLabels(labelSelector);
        return client().list(type, namespace, selection).items();
    }

    /// Applies an object server-side, in the namespace `default` unless it names one.
    JsonObject apply(ResourceType type, JsonObject object) {
        JsonObject placed =
                object.has("metadata", "namespace")
                        ? object
                        : object.withAt(Json.of("default"), "metadata", "namespace");
        return client().apply(type, placed, MANAGER);
    }

    void scale(ResourceType type, ObjectName name, int replicas) {
        JsonObject patch = JsonObject.of("spec", JsonObject.of("replicas", Json.of(replicas)));
        client().patch(type, name, ApiRequest.MERGE_PATCH, patch);
    }

    void delete(ResourceType type, ObjectName name) {
        if (client().find(type, name).isPresent()) {
            client().delete(type, name, Deletion.PLAIN);
        }
    }

    /// Looks again until `look` has a value.
    ///
    /// @param what for the sentence that says that it did not come true
    static <T> T await(String what, Duration limit, Callable<Optional<T>> look) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                Optional<T> found = look.call();
                if (found.isPresent()) {
                    return found.get();
                }
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new ClusterException(what + " could not be seen: " + e.getMessage() + ".", e);
            }
            if (System.nanoTime() > deadline) {
                throw new ClusterException(
                        what + " did not come within " + limit.toSeconds() + " s.");
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Override
    public void close() {
        transport.close();
    }
}
