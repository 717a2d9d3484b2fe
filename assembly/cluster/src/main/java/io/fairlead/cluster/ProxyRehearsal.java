package io.fairlead.cluster;

import io.fairlead.api.IpFamily;
import io.fairlead.client.ApiAccess;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.NettyTransport;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.InMemoryKernel;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.tables.EndpointSet;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A proxy's start, as far as it goes without changing a kernel: so that the JVM can keep what it loaded on the way for the next start.
public final class ProxyRehearsal {
    private static final int PATIENCE_SECONDS = 20;

    private ProxyRehearsal() {}

    /// @param access to the API server that the proxy has
    /// @throws IOException when it comes to no end
    public static void run(ApiAccess access) throws IOException {
        openKernel();
        CountDownLatch programmed = new CountDownLatch(1);
        try (Execution execution = Execution.create();
                ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads())) {
            EventLoopGroup loops =
                    new MultiThreadIoEventLoopGroup(
                            1, execution.threads(), NioIoHandler.newFactory());
            ServiceProxy proxy =
                    new ServiceProxy(
                            "node-1",
                            List.of(new ProxySettings(IpFamily.IPV4, "rehearsed", List.of())),
                            EndpointSet.Selection.RANDOM,
                            new InMemoryKernel(),
                            _ -> 0,
                            execution.clock(),
                            execution.timer());
            proxy.onProgrammed(programmed::countDown);
            try (NettyTransport transport = NettyTransport.open(access, ProxyInputs.UNREAD, loops);
                    ClusterWatcher watcher =
                            new ClusterWatcher(
                                    transport,
                                    ProxyInputs.watched("node-1", List.of()),
                                    execution.tasks(),
                                    execution.timer())) {
                watcher.subscribe(thread, proxy);
                watcher.start();
                if (!programmed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("the rehearsed proxy programmed nothing");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            }
        }
    }

    /// Asks the kernel something harmless, for the sake of what is loaded on the way. Who may not ask starts somewhat later.
    private static void openKernel() {
        try (NetworkNamespace namespace = NetworkNamespace.current();
                NetlinkKernel kernel = NetlinkKernel.of(namespace)) {
            kernel.generation();
        } catch (LinuxException | NftablesException e) {
            System.getLogger(ProxyRehearsal.class.getName())
                    .log(System.Logger.Level.DEBUG, "no kernel is asked: {0}", e.getMessage());
        }
    }
}
