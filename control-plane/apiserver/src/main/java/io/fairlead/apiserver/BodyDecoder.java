package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ProtobufReader;
import io.fairlead.api.Status;
import io.fairlead.api.YamlReader;
import java.util.Locale;

/// The stage that turns a request's body into a tree, whatever text it came as.
final class BodyDecoder {
    private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

    private BodyDecoder() {}

    /// @throws ApiException 415 for other media types than JSON, YAML and protobuf, 400 for text that is not what it says
    static JsonObject object(Call call) {
        return json(call) instanceof JsonObject object
                ? object
                : refuse("the body of the request is not an object");
    }

    /// An object, or the empty one where there is no body.
    static JsonObject optionalObject(Call call) {
        return call.body().isEmpty() ? JsonObject.EMPTY : object(call);
    }

    static Json json(Call call) {
        return switch (call.body()) {
            case Call.Body.Tree tree -> tree.json();
            case Call.Body.Bytes bytes -> decode(bytes);
        };
    }

    /// The media type of a patch or body, without parameters.
    static String mediaType(Call call) {
        return call.body().contentType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static Json decode(Call.Body.Bytes body) {
        String type = body.contentType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (type.equals(PROTOBUF)) {
            return protobuf(body);
        }
        boolean isYaml = type.endsWith("yaml");
        boolean isJson = type.isEmpty() || type.endsWith("json") || type.equals("*/*");
        if (!isYaml && !isJson) {
            throw new ApiException(
                    new Status(
                            415,
                            "UnsupportedMediaType",
                            "the body of the request was in an unknown format - accepted media"
                                    + " types include: application/json, application/yaml,"
                                    + " application/vnd.kubernetes.protobuf",
                            JsonObject.EMPTY));
        }
        if (body.bytes().length == 0) {
            return refuse("the body of the request is empty");
        }
        try {
            return isYaml ? YamlReader.read(body.bytes()) : JsonReader.read(body.bytes());
        } catch (JsonSyntaxException e) {
            return refuse("the object provided is unrecognized: " + e.getMessage());
        }
    }

    private static Json protobuf(Call.Body.Bytes body) {
        try {
            return ProtobufReader.read(body.bytes());
        } catch (JsonSyntaxException e) {
            return refuse(String.valueOf(e.getMessage()));
        }
    }

    private static JsonObject refuse(String message) {
        throw new ApiException(Status.badRequest(message));
    }

    /// Members that are null mean the same as members that are absent.
    static boolean isNothing(Json json) {
        return json instanceof JsonNull;
    }
}
