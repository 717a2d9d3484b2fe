package io.fairlead.cluster;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableWatch;
import io.fairlead.proxy.ServiceProxy;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/// Lets a proxy mend its tables as soon as somebody else changed them. Begins with the first load and not before it: while anybody on the machine listens, the
/// kernel makes a message of some kilobytes for each element of a commit and keeps them all until its end, which costs a large load several times
/// its own work.
final class TableWatching implements AutoCloseable {
    private final ServiceProxy proxy;
    private final NetworkNamespace namespace;
    private final NetlinkKernel kernel;
    private final ThreadFactory threads;
    private Optional<TableWatch> watch = Optional.empty();
    private boolean isClosed;

    private TableWatching(
            ServiceProxy proxy,
            NetworkNamespace namespace,
            NetlinkKernel kernel,
            ThreadFactory threads) {
        this.proxy = proxy;
        this.namespace = namespace;
        this.kernel = kernel;
        this.threads = threads;
    }

    /// @param threads a platform thread, which waits in native code
    static TableWatching of(
            ServiceProxy proxy,
            NetworkNamespace namespace,
            NetlinkKernel kernel,
            ThreadFactory threads) {
        TableWatching watching = new TableWatching(proxy, namespace, kernel, threads);
        proxy.onProgrammed(watching::begin);
        return watching;
    }

    private synchronized void begin() {
        if (watch.isPresent() || isClosed) {
            return;
        }
        TableWatch opened = TableWatch.open(namespace, kernel);
        watch = Optional.of(opened);
        threads.newThread(() -> opened.listen(proxy.tables(), proxy::recheck)).start();
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        watch.ifPresent(TableWatch::close);
    }
}
