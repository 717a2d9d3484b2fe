package io.fairlead.loadbalancer;

import io.fairlead.api.Cidr;
import java.util.List;

/// Brings the packets for a pool to the front.
public interface PoolRoutes {
    /// From now on the packets for these ranges come, and for no others. May be called again with the same.
    void set(List<Cidr> ranges);
}
