package io.fairlead.node;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;

/// Writes to a client as fast as it reads.
final class ClientWrites {
    private ClientWrites() {}

    /// Waits for the write where the client is behind. Not for event loops.
    ///
    /// @throws IOException when the client is gone
    static void write(Channel channel, Object message) throws IOException {
        boolean isBehind = !channel.isWritable();
        ChannelFuture written = channel.writeAndFlush(message);
        if (!channel.isActive()) {
            throw new IOException("the client is gone");
        }
        if (isBehind) {
            try {
                written.sync();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while writing to a client", e);
            }
        }
    }
}
