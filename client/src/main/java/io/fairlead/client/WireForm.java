package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.Status;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/// How requests and answers look in HTTP, whoever carries them.
final class WireForm {
    private WireForm() {}

    /// The whole address that a request goes to.
    static String address(URI server, ApiRequest request) {
        String query =
                request.query().entrySet().stream()
                        .map(parameter ->
                                encoded(parameter.getKey()) + "=" + encoded(parameter.getValue()))
                        .collect(Collectors.joining("&"));
        return server + request.path() + (query.isEmpty() ? "" : "?" + query);
    }

    /// The object in an answer. An error that is no JSON becomes a `Status` with its text.
    ///
    /// @throws TransportException when an answer of success is no JSON
    static JsonObject body(URI server, int code, byte[] bytes) {
        try {
            return JsonReader.readObject(bytes);
        } catch (JsonSyntaxException e) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (code >= 300) {
                return new Status(code, "", text.strip(), JsonObject.EMPTY).tree();
            }
            throw new TransportException(
                    "%s answered what is not JSON: %.80s".formatted(server, text), e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
