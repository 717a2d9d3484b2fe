package io.fairlead.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;

/// Sets up TCP connections, over which queries come one after the other, each with its length before it.
final class StreamQueries extends ChannelInitializer<Channel> {
    private static final int QUERY_LENGTH_MAX = 4096;
    private static final int IDLE_SECONDS_MAX = 10;
    private static final int CONNECTIONS_MAX = 500;

    private final Chain chain;
    private int connections;

    StreamQueries(Chain chain) {
        this.chain = chain;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (connections >= CONNECTIONS_MAX) {
            var _ = channel.close();
            return;
        }
        connections++;
        var _ = channel.closeFuture().addListener(closed -> connections--);
        channel.pipeline()
                .addLast(
                        new IdleStateHandler(0, 0, IDLE_SECONDS_MAX, TimeUnit.SECONDS),
                        new LengthFieldBasedFrameDecoder(QUERY_LENGTH_MAX, 0, 2, 0, 2),
                        new LengthFieldPrepender(2),
                        new Connection());
    }

    private final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            switch (QueryReader.read(ByteBufUtil.getBytes(message), false)) {
                case QueryReader.Legible(Query query) ->
                        chain.answer(
                                query,
                                answer ->
                                        send(
                                                context,
                                                ResponseWriter.write(
                                                        query, answer, context.alloc())));
                case QueryReader.Faulty faulty ->
                        send(context, ResponseWriter.write(faulty, context.alloc()));
                case QueryReader.Noise _ -> {
                    var _ = context.close();
                }
            }
        }

        private static void send(ChannelHandlerContext context, ByteBuf answer) {
            var _ = context.writeAndFlush(answer);
        }

        /// Who does not read answers does not get to ask more.
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent) {
                var _ = context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}
