package io.fairlead.loadbalancer;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import io.fairlead.linux.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A node's announcer as a process of its own, so that a test can kill it. Objects come as lines of JSON; events go out as lines.
final class AnnouncingProcess {
    private AnnouncingProcess() {}

    /// @param arguments the node's name, and the pool
    public static void main(String[] arguments) throws IOException {
        Transport events =
                new Transport() {
                    @Override
                    public JsonObject send(ApiRequest request) {
                        request.body().ifPresent(it -> System.out.println(it));
                        return JsonObject.EMPTY;
                    }

                    @Override
                    public Watch watch(ApiRequest request, WatchListener listener) {
                        throw new UnsupportedOperationException();
                    }
                };
        AddressAnnouncer announcer =
                new AddressAnnouncer(
                        new AddressAnnouncer.Settings(
                                arguments[0],
                                List.of(),
                                List.of(),
                                LoadBalancerPool.parse(arguments[1])),
                        NetworkNamespace.current(),
                        System::nanoTime,
                        Thread.ofPlatform().daemon().factory(),
                        new EventRecorder(
                                new KubeClient(events),
                                "test",
                                arguments[0],
                                java.time.InstantSource.system(),
                                Runnable::run));
        Objects objects = new Objects(announcer);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = lines.readLine();
        while (line != null) {
            objects.put((JsonObject) JsonReader.read(line));
            line = lines.readLine();
        }
        announcer.close();
    }
}
