package io.fairlead.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/// Answers datagrams to port 5000 with its pod's name and what it got.
final class EchoProgram implements InProcessProgram {
    @Override
    public RunningProgram start(ProgramContext context) throws IOException {
        DatagramChannel socket = context.openDatagramChannel();
        socket.bind(new InetSocketAddress(5000));
        byte[] greeting = (context.podName() + " got ").getBytes(StandardCharsets.UTF_8);
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        context.output().write("listening\n".getBytes(StandardCharsets.UTF_8));
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    ByteBuffer packet = ByteBuffer.allocate(1500);
                    try {
                        while (true) {
                            var from = socket.receive(packet.clear().put(greeting));
                            socket.send(packet.flip(), from);
                        }
                    } catch (IOException e) {
                        exit.complete(0);
                    }
                });
        return new RunningProgram() {
            @Override
            public CompletableFuture<Integer> exit() {
                return exit;
            }

            @Override
            public void stop() {
                try {
                    socket.close();
                } catch (IOException e) {
                    exit.completeExceptionally(e);
                }
            }
        };
    }
}
