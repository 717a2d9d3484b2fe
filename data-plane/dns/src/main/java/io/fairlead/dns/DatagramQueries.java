package io.fairlead.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/// Queries that come as datagrams. Replies are flushed once for all that were read together.
final class DatagramQueries extends SimpleChannelInboundHandler<DatagramPacket> {
    private final Chain chain;
    private boolean isReading;

    DatagramQueries(Chain chain) {
        this.chain = chain;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
        isReading = true;
        InetSocketAddress client = packet.sender();
        switch (QueryReader.read(ByteBufUtil.getBytes(packet.content()), true)) {
            case QueryReader.Legible(Query query) ->
                    chain.answer(
                            query,
                            answer ->
                                    send(
                                            context,
                                            client,
                                            ResponseWriter.write(query, answer, context.alloc())));
            case QueryReader.Faulty faulty ->
                    send(context, client, ResponseWriter.write(faulty, context.alloc()));
            case QueryReader.Noise _ -> {}
        }
    }

    private void send(ChannelHandlerContext context, InetSocketAddress client, ByteBuf answer) {
        var _ = context.write(new DatagramPacket(answer, client), context.voidPromise());
        if (!isReading) {
            context.flush();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        isReading = false;
        context.flush();
    }

    /// An error of one datagram, such as a client that is gone, must not end the socket.
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {}
}
