package io.fairlead.node;

import io.fairlead.api.IpAddress;
import java.util.Collection;

/// Hears which pods' processes all live below the node's control group, where socket programs reach them. Called by any thread.
public interface PodTraffic {
    /// Whom nobody hears.
    PodTraffic UNHEARD =
            new PodTraffic() {
                @Override
                public void joins(Collection<IpAddress> pod) {}

                @Override
                public void leaves(Collection<IpAddress> pod) {}
            };

    /// A pod is about to start its first process: no packet has come from these addresses yet, nor gone to them.
    void joins(Collection<IpAddress> pod);

    /// Whoever has these addresses from now on is not such a pod, or nobody has them.
    void leaves(Collection<IpAddress> pod);
}
