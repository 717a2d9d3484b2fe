package io.fairlead.dns;

import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.tables.HeldService;
import io.fairlead.tables.NameTable;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// A cluster's DNS server: answers for the cluster's names itself and asks upstream servers for all others.
///
/// Everything happens on one event loop of the group it is given; only tables come from outside, by one thread at a time. It is a consumer of a
/// [io.fairlead.client.ClusterWatcher] that watches [NameTable#WATCHED]. Until the first call it answers queries for the cluster's
/// names with a failure, and is not ready.
public final class DnsServer implements ClusterConsumer, AutoCloseable {
    private static final int DATAGRAM_LENGTH_MAX = 4096;
    private static final int RECEIVE_BUFFER_LENGTH = 1 << 20;
    private static final int BACKLOG = 128;
    private static final long PROBE_PAUSE_SECONDS = 30;

    private final DnsSettings settings;
    private final EventLoop loop;
    private final ChannelOpener inside;
    private final Supplier<Upstreams> upstreams;
    private final UpstreamClient client;
    private final LoopProbe probe;
    private final ClusterNames names;
    private final Chain chain;
    private final ArrivalPages arrivals;
    private final List<Channel> channels = new ArrayList<>();
    private volatile boolean isClosed;
    private NameTable table;

    /// @param loops of NIO
    /// @param inside opens the sockets to listen on, in the pod's network
    /// @param outside opens the sockets to ask upstream servers from, in the host's network
    /// @param upstreams looked up for each query
    public DnsServer(
            DnsSettings settings,
            EventLoopGroup loops,
            ChannelOpener inside,
            ChannelOpener outside,
            Supplier<Upstreams> upstreams,
            InstantSource clock,
            RandomGenerator random) {
        this.settings = settings;
        this.loop = loops.next();
        this.inside = inside;
        this.upstreams = upstreams;
        this.client = new UpstreamClient(loop, outside, random);
        this.probe = new LoopProbe(random);
        Forward forward = new Forward(upstreams, client, new AnswerCache(clock), probe);
        this.names = new ClusterNames(settings.zone(), forward);
        this.chain = new Chain(List.of(names, probe, forward));
        this.arrivals = new ArrivalPages(clock);
        this.table = NameTable.empty(settings.zone());
    }

    /// Opens all sockets and begins to answer.
    ///
    /// @throws DnsException when a port cannot be had; then everything is closed again
    public void start() {
        try {
            settings.addresses().forEach(this::listen);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        loop.execute(this::probe);
    }

    /// The next table. Called by one thread at a time.
    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        table = table.apply(delta);
        names.publish(table);
        arrivals.publish(table, delta.versions());
    }

    /// Whether the cluster's names are known.
    public boolean isReady() {
        return names.isReady();
    }

    /// Which state of a Service answers reflect; empty when none of that name is known.
    public Optional<HeldService> held(ObjectName service) {
        return names.table().flatMap(known -> known.held(service));
    }

    /// The first address of queries, over UDP and TCP.
    public InetSocketAddress address() {
        return localAddress(0);
    }

    public InetSocketAddress healthAddress() {
        return localAddress(2);
    }

    public InetSocketAddress readyAddress() {
        return localAddress(3);
    }

    public InetSocketAddress arrivalAddress() {
        return localAddress(4);
    }

    /// Closes its sockets; the event loops belong to whoever made them.
    @Override
    public void close() {
        isClosed = true;
        List<ChannelFuture> closing = new ArrayList<>();
        synchronized (channels) {
            channels.forEach(channel -> closing.add(channel.close()));
        }
        if (!loop.inEventLoop()) {
            for (ChannelFuture future : closing) {
                var _ = future.awaitUninterruptibly();
            }
        }
    }

    private void probe() {
        Upstreams current = upstreams.get();
        if (isClosed || current.servers().isEmpty()) {
            return;
        }
        probe.send(
                client,
                current,
                () -> {
                    if (probe.isLoop()) {
                        var _ = loop.schedule(this::probe, PROBE_PAUSE_SECONDS, TimeUnit.SECONDS);
                    }
                });
    }

    private void listen(InetAddress address) {
        Channel datagrams = bindDatagrams(address);
        int port = ((InetSocketAddress) datagrams.localAddress()).getPort();
        bind(new InetSocketAddress(address, port), new StreamQueries(chain));
        bind(
                new InetSocketAddress(address, settings.healthPort()),
                new HealthPages("/health", () -> true));
        bind(
                new InetSocketAddress(address, settings.readyPort()),
                new HealthPages("/ready", names::isReady));
        bind(new InetSocketAddress(address, settings.arrivalPort()), arrivals);
    }

    private Channel bindDatagrams(InetAddress address) {
        InetSocketAddress wanted = new InetSocketAddress(address, settings.port());
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(() ->
                                new NioDatagramChannel(UpstreamClient.open(inside::openDatagram)))
                        .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_LENGTH)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(DATAGRAM_LENGTH_MAX))
                        .handler(new DatagramQueries(chain));
        return opened(bootstrap.bind(wanted), "udp", wanted);
    }

    private void bind(InetSocketAddress address, ChannelHandler connections) {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop)
                        .channelFactory(() ->
                                new NioServerSocketChannel(UpstreamClient.open(inside::openServer)))
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childHandler(connections);
        opened(bootstrap.bind(address), "tcp", address);
    }

    private Channel opened(ChannelFuture binding, String protocol, InetSocketAddress address) {
        var _ = binding.awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw new DnsException(
                    "cannot listen on %s port %d of %s: %s"
                            .formatted(
                                    protocol,
                                    address.getPort(),
                                    IpAddress.of(address.getAddress()),
                                    binding.cause().getMessage()),
                    binding.cause());
        }
        synchronized (channels) {
            channels.add(binding.channel());
        }
        return binding.channel();
    }

    private InetSocketAddress localAddress(int index) {
        synchronized (channels) {
            return (InetSocketAddress) channels.get(index).localAddress();
        }
    }
}
