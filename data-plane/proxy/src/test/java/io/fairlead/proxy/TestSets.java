package io.fairlead.proxy;

import io.fairlead.api.IpFamily;
import io.fairlead.api.ObjectName;
import io.fairlead.tables.SetName;

/// Names of endpoint sets for tests.
final class TestSets {
    private TestSets() {}

    static SetName name(String service) {
        return new SetName(
                new ObjectName("default", service), "http", IpFamily.IPV4, SetName.Reach.ALL);
    }
}
