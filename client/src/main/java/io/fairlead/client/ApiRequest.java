package io.fairlead.client;

import io.fairlead.api.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One request to an API server, before it is bytes. Unary and watch requests look alike; which it is, the query says.
///
/// @param path the URL's path, such as `/api/v1/namespaces/default/pods`
/// @param query the URL's parameters, decoded
/// @param contentType the media type of the body, which tells a patch's kind; empty without a body
public record ApiRequest(
        Method method,
        String path,
        Map<String, String> query,
        String contentType,
        Optional<Json> body) {
    /// HTTP's methods, as far as the API knows them.
    public enum Method {
        GET,
        POST,
        PUT,
        PATCH,
        DELETE
    }

    public static final String JSON = "application/json";
    public static final String JSON_PATCH = "application/json-patch+json";
    public static final String MERGE_PATCH = "application/merge-patch+json";
    public static final String STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
    public static final String APPLY_PATCH = "application/apply-patch+yaml";

    public ApiRequest {
        query = Map.copyOf(query);
    }

    public static ApiRequest get(String path) {
        return new ApiRequest(Method.GET, path, Map.of(), "", Optional.empty());
    }

    public static ApiRequest post(String path, Json body) {
        return new ApiRequest(Method.POST, path, Map.of(), JSON, Optional.of(body));
    }

    public static ApiRequest put(String path, Json body) {
        return new ApiRequest(Method.PUT, path, Map.of(), JSON, Optional.of(body));
    }

    public static ApiRequest patch(String path, String contentType, Json body) {
        return new ApiRequest(Method.PATCH, path, Map.of(), contentType, Optional.of(body));
    }

    public static ApiRequest delete(String path) {
        return new ApiRequest(Method.DELETE, path, Map.of(), "", Optional.empty());
    }

    public ApiRequest with(String parameter, String value) {
        Map<String, String> more = new LinkedHashMap<>(query);
        more.put(parameter, value);
        return new ApiRequest(method, path, more, contentType, body);
    }

    public ApiRequest withBody(Json json) {
        return new ApiRequest(method, path, query, JSON, Optional.of(json));
    }
}
