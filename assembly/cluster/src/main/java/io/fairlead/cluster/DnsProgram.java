package io.fairlead.cluster;

import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.dns.ChannelOpener;
import io.fairlead.dns.DnsServer;
import io.fairlead.dns.DnsSettings;
import io.fairlead.dns.Upstreams;
import io.fairlead.node.InProcessProgram;
import io.fairlead.node.ProgramContext;
import io.fairlead.node.RunningProgram;
import io.fairlead.tables.NameTable;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Fairlead's DNS as an in-process container: it listens in its pod's network, and asks upstream servers from the host's.
final class DnsProgram implements InProcessProgram {
    static final String NAME = "dns";
    static final String ZONE = "cluster.local";

    private final Transport transport;
    private final ChannelOpener host;
    private final Supplier<Upstreams> upstreams;
    private final EventLoopGroup loops;
    private final Execution execution;

    /// @param transport as the DNS's own service account
    /// @param host opens sockets in the host's network
    DnsProgram(
            Transport transport,
            ChannelOpener host,
            Supplier<Upstreams> upstreams,
            EventLoopGroup loops,
            Execution execution) {
        this.transport = transport;
        this.host = host;
        this.upstreams = upstreams;
        this.loops = loops;
        this.execution = execution;
    }

    @Override
    public RunningProgram start(ProgramContext context) {
        DnsServer server =
                new DnsServer(
                        DnsSettings.of(ZONE, context.podAddresses()),
                        loops,
                        openerOf(context),
                        host,
                        upstreams,
                        execution.clock(),
                        execution.random());
        ClusterWatcher watcher =
                new ClusterWatcher(
                        transport,
                        NameTable.WATCHED.stream().map(Watched::all).toList(),
                        execution.tasks(),
                        execution.timer());
        server.start();
        watcher.subscribe(execution.tasks(), server);
        watcher.start();
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        return new RunningProgram() {
            @Override
            public CompletableFuture<Integer> exit() {
                return exit;
            }

            @Override
            public void stop() {
                if (!exit.isDone()) {
                    watcher.close();
                    server.close();
                    exit.complete(0);
                }
            }
        };
    }

    private static ChannelOpener openerOf(ProgramContext context) {
        return new ChannelOpener() {
            @Override
            public DatagramChannel openDatagram() throws IOException {
                return context.openDatagramChannel();
            }

            @Override
            public ServerSocketChannel openServer() throws IOException {
                return context.openServerSocketChannel();
            }

            @Override
            public SocketChannel openStream() throws IOException {
                return context.openSocketChannel();
            }
        };
    }
}
