package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceVariablesTest {
    private static final JsonObject KUBERNETES = service("default", "kubernetes", "10.96.0.1", 443);
    private static final JsonObject WEB = service("shop", "my-web", "10.96.0.7", 80);
    private static final JsonObject HEADLESS = service("shop", "headless", "None", 80);

    private static JsonObject service(String namespace, String name, String address, int port) {
        String text =
                "{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\"},\"spec\":{\"clusterIP\":\"%s\",\"ports\":[{\"name\":\"http\",\"port\":%d,\"protocol\":\"TCP\"}]}}"
                        .formatted(namespace, name, address, port);
        return (JsonObject) JsonReader.read(text);
    }

    @Test
    void tellsOfTheNamespacesServicesAndOfTheApiServer() {
        Map<String, String> variables =
                ServiceVariables.of(
                        List.of(KUBERNETES, WEB, HEADLESS), "shop", ServiceVariables.Links.ENABLED);
        assertThat(variables)
                .containsEntry("KUBERNETES_SERVICE_HOST", "10.96.0.1")
                .containsEntry("KUBERNETES_SERVICE_PORT", "443")
                .containsEntry("MY_WEB_SERVICE_HOST", "10.96.0.7")
                .containsEntry("MY_WEB_SERVICE_PORT_HTTP", "80")
                .containsEntry("MY_WEB_PORT", "tcp://10.96.0.7:80")
                .containsEntry("MY_WEB_PORT_80_TCP_ADDR", "10.96.0.7")
                .doesNotContainKey("HEADLESS_SERVICE_HOST");
    }

    @Test
    void tellsOnlyOfTheApiServerWithoutLinks() {
        assertThat(
                        ServiceVariables.of(
                                List.of(KUBERNETES, WEB), "shop", ServiceVariables.Links.DISABLED))
                .containsKey("KUBERNETES_SERVICE_HOST")
                .doesNotContainKey("MY_WEB_SERVICE_HOST");
    }
}
