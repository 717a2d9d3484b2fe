package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// One request with its sender, however it came: over HTTPS or from within the process.
///
/// @param method HTTP's word, in capitals
/// @param path decoded, without the query
/// @param query the decoded parameters, each with all its values in order
/// @param accept the media types the sender wants; empty means JSON
/// @param manager who manages the fields that this request sets, unless the query says so
/// @param origin where it comes from
/// @param annotations collects what the audit should know besides the request
/// @param warnings collects what the sender should know besides the answer; owned by the request's thread
record Call(
        User user,
        String method,
        String path,
        Map<String, List<String>> query,
        String accept,
        Body body,
        String manager,
        Origin origin,
        List<String> warnings,
        Map<String, String> annotations) {
    Call(
            User user,
            String method,
            String path,
            Map<String, List<String>> query,
            String accept,
            Body body,
            String manager,
            Origin origin,
            List<String> warnings) {
        this(
                user,
                method,
                path,
                query,
                accept,
                body,
                manager,
                origin,
                warnings,
                new ConcurrentHashMap<>());
    }

    /// The same request of a user who is known by now.
    Call by(User sender, User acting) {
        return new Call(
                acting,
                method,
                path,
                query,
                accept,
                body,
                manager,
                origin.with(sender),
                warnings,
                annotations);
    }

    /// What the request carries.
    sealed interface Body {
        /// As it came over the wire.
        @SuppressWarnings("ArrayRecordComponent")
        record Bytes(String contentType, byte[] bytes) implements Body {}

        /// Already a tree, from within the process.
        record Tree(String contentType, Json json) implements Body {}

        String contentType();

        default boolean isEmpty() {
            return this instanceof Bytes bytes && bytes.bytes().length == 0;
        }
    }

    static Body noBody() {
        return new Body.Bytes("", new byte[0]);
    }

    /// The same call with another object in it.
    Call with(JsonObject object) {
        return new Call(
                user,
                method,
                path,
                query,
                accept,
                new Body.Tree(Answer.JSON, object),
                manager,
                origin,
                warnings,
                annotations);
    }

    /// The parameter's first value; empty when it is absent.
    String parameter(String name) {
        List<String> values = query.get(name);
        return values == null || values.isEmpty() ? "" : values.getFirst();
    }

    Optional<String> optionalParameter(String name) {
        return Optional.ofNullable(query.get(name))
                .filter(values -> !values.isEmpty())
                .map(List::getFirst);
    }

    void warn(String warning) {
        warnings.add(warning);
    }

    /// As Go reads boolean parameters: present and neither `false` nor `0`.
    boolean flag(String name) {
        List<String> values = query.get(name);
        if (values == null || values.isEmpty()) {
            return false;
        }
        String value = values.getFirst();
        return !value.equals("false") && !value.equals("0");
    }
}
