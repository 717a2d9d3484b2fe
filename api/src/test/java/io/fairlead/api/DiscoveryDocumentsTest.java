package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiCatalog.GroupVersion;
import org.junit.jupiter.api.Test;

class DiscoveryDocumentsTest {
    private final ApiCatalog catalog = ApiCatalog.builtIn();

    @Test
    void findsKindsByEveryName() {
        for (String word : new String[] {"svc", "service", "services", "Service"}) {
            assertThat(catalog.named(word).orElseThrow().type()).isEqualTo(ResourceType.SERVICE);
        }
        assertThat(catalog.named("deployments.apps").orElseThrow().type())
                .isEqualTo(ResourceType.DEPLOYMENT);
        assertThat(catalog.ofKind("apps/v1", "ReplicaSet").orElseThrow().type())
                .isEqualTo(ResourceType.REPLICA_SET);
        assertThat(catalog.find("", "v1", "pods").orElseThrow().subresource("exec")).isPresent();
        assertThat(catalog.versions("autoscaling")).containsExactly("v2", "v1");
    }

    @Test
    void documentsAreAsRecorded() {
        assertThat(DiscoveryDocuments.aggregatedCore(catalog))
                .isEqualTo(Reference.read("discovery/aggregated-api.json"));
        assertThat(DiscoveryDocuments.aggregatedGroups(catalog))
                .isEqualTo(Reference.read("discovery/aggregated-apis.json"));
        assertThat(DiscoveryDocuments.legacyCore(catalog, "<serverAddress>"))
                .isEqualTo(Reference.read("discovery/legacy-api.json"));
        assertThat(DiscoveryDocuments.legacyGroups(catalog))
                .isEqualTo(Reference.read("discovery/legacy-apis.json"));
        for (String name : Reference.names("discovery")) {
            String[] parts = name.split("__");
            Json recorded = Reference.read("discovery/" + name + ".json");
            if (parts.length == 3 && parts[1].equals("api")) {
                assertThat(
                                DiscoveryDocuments.legacyVersion(
                                        catalog, new GroupVersion("", parts[2])))
                        .isEqualTo(recorded);
            } else if (parts.length == 3) {
                assertThat(DiscoveryDocuments.legacyGroup(catalog, parts[2])).isEqualTo(recorded);
            } else if (parts.length == 4) {
                GroupVersion at = new GroupVersion(parts[2], parts[3]);
                assertThat(DiscoveryDocuments.legacyVersion(catalog, at)).isEqualTo(recorded);
            }
        }
    }
}
