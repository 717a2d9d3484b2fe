package io.fairlead.node;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A client that watches a container's own process and types into it.
final class AttachSession implements RemoteSession {
    private final RunningContainer container;
    private final ContainerLog log;
    private final RemoteRequest request;
    private final Mailbox input;
    private final Mailbox output;
    private final AtomicReference<ContainerLog.@Nullable Listener> listener =
            new AtomicReference<>();

    AttachSession(
            RunningContainer container,
            ContainerLog log,
            RemoteRequest request,
            Executor blocking) {
        this.container = container;
        this.log = log;
        this.request = request;
        this.input = new Mailbox(blocking);
        this.output = new Mailbox(blocking);
    }

    @Override
    public void onOpen(RemoteChannel channel) {
        ContainerLog.Listener hearing = new Forwarding(channel);
        listener.set(hearing);
        log.add(hearing);
    }

    @Override
    public void onInput(byte[] bytes) {
        input.post(() -> {
            try {
                container.writeInput(bytes);
            } catch (IOException e) {
                // It has no input, or has ended.
                return;
            }
        });
    }

    @Override
    public void onInputEnd() {
        input.post(container::endInput);
    }

    @Override
    public void onResize(int columns, int rows) {
        container.resize(columns, rows);
    }

    @Override
    public void onClose() {
        ContainerLog.Listener hearing = listener.getAndSet(null);
        if (hearing != null) {
            log.remove(hearing);
        }
    }

    private final class Forwarding implements ContainerLog.Listener {
        private final RemoteChannel channel;

        Forwarding(RemoteChannel channel) {
            this.channel = channel;
        }

        @Override
        public void onOutput(OutputStreamName name, byte[] bytes) {
            boolean hasTerminal = request.terminal() == ExecRequest.Terminal.PRESENT;
            RemoteStream stream =
                    name == OutputStreamName.STDERR && !hasTerminal
                            ? RemoteStream.STDERR
                            : RemoteStream.STDOUT;
            if (request.has(stream)) {
                output.post(() -> send(stream, bytes));
            }
        }

        @Override
        public void onEnd() {
            var _ =
                    container
                            .exit()
                            .thenAccept(exit ->
                                    output.post(() -> channel.finish(RemoteStatus.SUCCESS)));
        }

        private void send(RemoteStream stream, byte[] bytes) {
            try {
                channel.send(stream, bytes, bytes.length);
            } catch (IOException e) {
                onClose();
            }
        }
    }
}
