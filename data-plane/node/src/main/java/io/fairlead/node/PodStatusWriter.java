package io.fairlead.node;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.TransportException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Writes a pod's status to the API: at once when it differs from what was written last, one request at a time, always the newest.
///
/// Owned by the pod's mailbox; requests run elsewhere.
final class PodStatusWriter {
    private static final Duration RETRY = Duration.ofMillis(500);

    private final NodeParts parts;
    private final Mailbox mailbox;
    private @Nullable JsonObject wanted;
    private @Nullable JsonObject written;
    private boolean isWriting;
    private boolean isGone;
    private CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);

    PodStatusWriter(NodeParts parts, Mailbox mailbox) {
        this.parts = parts;
        this.mailbox = mailbox;
    }

    void write(AssignedPod pod, JsonObject status) {
        wanted = status;
        next(pod);
    }

    /// Completes, in the mailbox, when what is wanted now has been written, or never can be.
    CompletableFuture<Void> settled() {
        if (!isWriting) {
            return CompletableFuture.completedFuture(null);
        }
        if (settled.isDone()) {
            settled = new CompletableFuture<>();
        }
        return settled;
    }

    private void next(AssignedPod pod) {
        JsonObject status = wanted;
        if (isWriting) {
            return;
        }
        if (isGone || status == null || status.equals(written)) {
            settled.complete(null);
            return;
        }
        isWriting = true;
        parts.tasks().execute(() -> send(pod, status));
    }

    private void send(AssignedPod pod, JsonObject status) {
        // With the uid, so that a successor of the same name is never told what this one does.
        JsonObject patch =
                JsonObject.of(
                        "metadata", JsonObject.of("uid", Json.of(pod.uid())), "status", status);
        try {
            parts.client()
                    .patchStatus(
                            ResourceType.POD,
                            pod.objectName(),
                            ApiRequest.STRATEGIC_MERGE_PATCH,
                            patch);
            mailbox.post(() -> {
                written = status;
                isWriting = false;
                next(pod);
            });
        } catch (ApiException e) {
            mailbox.post(() -> {
                isWriting = false;
                if (e.isNotFound() || e.isConflict()) {
                    isGone = true;
                    next(pod);
                } else {
                    retry(pod, e);
                }
            });
        } catch (TransportException e) {
            mailbox.post(() -> {
                isWriting = false;
                retry(pod, e);
            });
        }
    }

    private void retry(AssignedPod pod, RuntimeException failure) {
        System.getLogger("io.fairlead.node")
                .log(
                        System.Logger.Level.WARNING,
                        "cannot write the status of pod " + pod.objectName(),
                        failure);
        parts.after(RETRY, () -> mailbox.post(() -> next(pod)));
    }
}
