package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.client.TransportException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/// Asks by way of the API server, which reaches nodes and pods where the person does not: `nodes/NAME:PORT/proxy`.
final class ServersDoor implements HolderDoor {
    private final Transport transport;

    ServersDoor(Transport transport) {
        this.transport = transport;
    }

    @Override
    public JsonObject post(Holder holder, String path, JsonObject body, Duration limit)
            throws IOException {
        String of =
                switch (holder.kind()) {
                    case PROXY -> "/api/v1/nodes/";
                    case DNS -> "/api/v1/namespaces/" + DnsAddOn.NAMESPACE + "/pods/";
                };
        URI target = URI.create(path);
        ApiRequest request =
                ApiRequest.post(
                        of + holder.name() + ":" + Holder.PORT + "/proxy" + target.getPath(), body);
        for (String parameter :
                target.getQuery() == null ? new String[0] : target.getQuery().split("&")) {
            String[] words = parameter.split("=", 2);
            request = request.with(words[0], words.length > 1 ? words[1] : "");
        }
        try {
            return transport.send(request);
        } catch (ApiException | TransportException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
