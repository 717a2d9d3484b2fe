package io.fairlead.dns;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Asks upstream servers, one after the other, over UDP and where that is too small over TCP. Each datagram has a socket, and so a port, of its own:
/// together with the random number in it that makes a forged answer unlikely to be taken. Owned by the server's event loop.
final class UpstreamClient {
    private static final long TIMEOUT_MILLIS = 2000;
    private static final int ATTEMPTS_MAX = 4;
    private static final int DATAGRAM_LENGTH_MAX = 4096;
    private static final int MESSAGE_LENGTH_MAX = 65_535;

    private final EventLoop loop;
    private final ChannelOpener opener;
    private final RandomGenerator random;

    UpstreamClient(EventLoop loop, ChannelOpener opener, RandomGenerator random) {
        this.loop = loop;
        this.opener = opener;
        this.random = random;
    }

    /// Replies with the first useful answer, else with the last one, and with nothing when no server answered.
    void ask(
            Query query,
            List<InetSocketAddress> servers,
            Consumer<Optional<UpstreamMessage>> reply) {
        new Inquiry(query, servers, reply).next();
    }

    /// How a message travels.
    private enum Carrier {
        UDP,
        /// Without EDNS, for servers that do not know it.
        PLAIN_UDP,
        TCP
    }

    /// One question on its way through the servers.
    private final class Inquiry {
        private final Query query;
        private final List<InetSocketAddress> servers;
        private final Consumer<Optional<UpstreamMessage>> reply;
        private int attempts;
        private Optional<UpstreamMessage> last = Optional.empty();

        Inquiry(
                Query query,
                List<InetSocketAddress> servers,
                Consumer<Optional<UpstreamMessage>> reply) {
            this.query = query;
            this.servers = servers;
            this.reply = reply;
        }

        void next() {
            if (servers.isEmpty() || attempts == ATTEMPTS_MAX || attempts == servers.size() * 2) {
                reply.accept(last);
                return;
            }
            send(servers.get(attempts % servers.size()), Carrier.UDP);
            attempts++;
        }

        private void send(InetSocketAddress server, Carrier carrier) {
            Attempt attempt =
                    new Attempt(query, carrier, outcome -> received(server, carrier, outcome));
            try {
                attempt.start(server);
            } catch (RuntimeException e) {
                // No socket or no route: another server may be luckier.
                attempt.finish(Optional.empty());
            }
        }

        private void received(
                InetSocketAddress server, Carrier carrier, Optional<UpstreamMessage> outcome) {
            if (outcome.isEmpty()) {
                next();
                return;
            }
            UpstreamMessage message = outcome.get();
            last = outcome;
            int code = message.code();
            if (message.isTruncated() && carrier != Carrier.TCP) {
                send(server, Carrier.TCP);
            } else if (carrier == Carrier.UDP
                    && (code == ResponseCode.FORMAT_ERROR.number()
                            || code == ResponseCode.NOT_IMPLEMENTED.number())) {
                send(server, Carrier.PLAIN_UDP);
            } else if (code == ResponseCode.NO_ERROR.number()
                    || code == ResponseCode.NO_SUCH_NAME.number()) {
                reply.accept(outcome);
            } else {
                next();
            }
        }
    }

    /// One message to one server.
    private final class Attempt {
        private final Query query;
        private final Carrier carrier;
        private final int id;
        private final Consumer<Optional<UpstreamMessage>> done;
        private boolean isFinished;
        private @Nullable Channel channel;
        private @Nullable Future<?> timeout;

        Attempt(Query query, Carrier carrier, Consumer<Optional<UpstreamMessage>> done) {
            this.query = query;
            this.carrier = carrier;
            this.id = random.nextInt(1 << 16);
            this.done = done;
        }

        void start(InetSocketAddress server) {
            ChannelFuture connected =
                    (carrier == Carrier.TCP ? stream() : datagrams()).connect(server);
            channel = connected.channel();
            timeout =
                    loop.schedule(
                            () -> finish(Optional.empty()), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
            var _ =
                    connected.addListener((ChannelFuture future) -> {
                        if (future.isSuccess()) {
                            write(future.channel());
                        } else {
                            finish(Optional.empty());
                        }
                    });
        }

        private Bootstrap datagrams() {
            return new Bootstrap()
                    .group(loop)
                    .channelFactory(() -> new NioDatagramChannel(open(opener::openDatagram)))
                    .option(
                            ChannelOption.RECVBUF_ALLOCATOR,
                            new FixedRecvByteBufAllocator(DATAGRAM_LENGTH_MAX))
                    .handler(
                            new SimpleChannelInboundHandler<DatagramPacket>() {
                                @Override
                                protected void channelRead0(
                                        ChannelHandlerContext context, DatagramPacket packet) {
                                    receive(ByteBufUtil.getBytes(packet.content()));
                                }

                                @Override
                                public void exceptionCaught(
                                        ChannelHandlerContext context, Throwable cause) {
                                    finish(Optional.empty());
                                }
                            });
        }

        private Bootstrap stream() {
            return new Bootstrap()
                    .group(loop)
                    .channelFactory(() -> new NioSocketChannel(open(opener::openStream)))
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) TIMEOUT_MILLIS)
                    .handler(
                            new ChannelInitializer<Channel>() {
                                @Override
                                protected void initChannel(Channel stream) {
                                    stream.pipeline()
                                            .addLast(
                                                    new LengthFieldBasedFrameDecoder(
                                                            MESSAGE_LENGTH_MAX + 2, 0, 2, 0, 2),
                                                    messages());
                                }
                            });
        }

        private ChannelHandler messages() {
            return new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
                    receive(ByteBufUtil.getBytes(message));
                }

                @Override
                public void channelInactive(ChannelHandlerContext context) {
                    finish(Optional.empty());
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                    finish(Optional.empty());
                }
            };
        }

        private void write(Channel to) {
            ByteBuf message = Unpooled.buffer(64 + query.question().length);
            if (carrier == Carrier.TCP) {
                message.writeShort(0);
            }
            int start = message.writerIndex();
            boolean extended = carrier != Carrier.PLAIN_UDP;
            message.writeShort(id);
            message.writeShort(query.inheritedFlags() | 0x0100);
            message.writeShort(1);
            message.writeInt(0);
            message.writeShort(extended ? 1 : 0);
            message.writeBytes(query.question());
            if (extended) {
                message.writeByte(0);
                message.writeShort(RecordType.OPT);
                message.writeShort(Query.DATAGRAM_LENGTH_MAX);
                message.writeShort(0);
                message.writeShort(query.wantsDnssec() ? 0x8000 : 0);
                message.writeShort(0);
            }
            if (carrier == Carrier.TCP) {
                message.setShort(0, message.writerIndex() - start);
            }
            var _ =
                    to.writeAndFlush(message)
                            .addListener(future -> {
                                if (!future.isSuccess()) {
                                    finish(Optional.empty());
                                }
                            });
        }

        /// Takes the answer to this very question; whatever else arrives is somebody's attempt to be quicker than the server.
        private void receive(byte[] message) {
            int end = QueryReader.HEADER_LENGTH + query.question().length;
            if (message.length < end
                    || ((message[0] & 0xff) << 8 | (message[1] & 0xff)) != id
                    || (message[2] & 0x80) == 0
                    || !isSameQuestion(message, end)) {
                return;
            }
            try {
                finish(Optional.of(UpstreamMessage.read(message)));
            } catch (WireFormatException e) {
                finish(Optional.empty());
            }
        }

        private boolean isSameQuestion(byte[] message, int end) {
            byte[] sent = query.question();
            if (Arrays.equals(message, QueryReader.HEADER_LENGTH, end, sent, 0, sent.length)) {
                return true;
            }
            for (int i = 0; i < sent.length; i++) {
                if (lowerCase(sent[i]) != lowerCase(message[QueryReader.HEADER_LENGTH + i])) {
                    return false;
                }
            }
            return true;
        }

        private static int lowerCase(byte letter) {
            return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
        }

        void finish(Optional<UpstreamMessage> outcome) {
            if (isFinished) {
                return;
            }
            isFinished = true;
            if (timeout != null) {
                timeout.cancel(false);
            }
            if (channel != null) {
                var _ = channel.close();
            }
            done.accept(outcome);
        }
    }

    /// Opens a channel or says which failed.
    static <T> T open(Opening<T> opening) {
        try {
            return opening.open();
        } catch (IOException e) {
            throw new DnsException("cannot open a socket: " + e.getMessage(), e);
        }
    }

    /// Opens a channel.
    interface Opening<T> {
        T open() throws IOException;
    }
}
