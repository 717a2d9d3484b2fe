package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Status;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Lets who may do so act as somebody else, for one request. Two sets of rights open that door: the newer one is about one action and one sort of identity
/// (verbs `impersonate-on:user-info:list` and `impersonate:user-info`), the older one, verb `impersonate`, about everything that identity may do.
///
/// Safe for use by many threads.
final class Impersonation {
    private static final String EXTRA = "impersonate-extra-";
    private static final String GROUP = "authentication.k8s.io";

    private final RoleBasedAuthorizer authorizer;

    Impersonation(RoleBasedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    /// Who somebody wants to be.
    private record Wish(
            String name, String uid, List<String> groups, Map<String, List<String>> extra) {
        static Wish of(WireRequest request) {
            Map<String, List<String>> extra = new HashMap<>();
            for (String header : request.headers().names()) {
                String lower = header.toLowerCase(Locale.ROOT);
                if (lower.startsWith(EXTRA)) {
                    extra.put(
                            URLDecoder.decode(
                                    lower.substring(EXTRA.length()), StandardCharsets.UTF_8),
                            request.headers().getAll(header));
                }
            }
            return new Wish(
                    request.header("Impersonate-User"),
                    request.header("Impersonate-Uid"),
                    request.headers().getAll("Impersonate-Group"),
                    extra);
        }

        boolean isNothing() {
            return name.isEmpty() && uid.isEmpty() && groups.isEmpty() && extra.isEmpty();
        }

        boolean isServiceAccount() {
            return !User.serviceAccountNamespace(name).isEmpty();
        }

        String shortName() {
            return name.substring(name.lastIndexOf(':') + 1);
        }

        /// The sort of identity, as verbs name it.
        String sort() {
            if (isServiceAccount()) {
                return "serviceaccount";
            }
            return name.startsWith(User.NODE_PREFIX) ? "arbitrary-node" : "user-info";
        }

        /// The rights to be this, each as a request to the given group with the given verb.
        List<AccessRequest> identities(User real, String group, String verb, boolean knowsNodes) {
            List<AccessRequest> all = new ArrayList<>();
            if (isServiceAccount()) {
                all.add(
                        identity(
                                real,
                                group,
                                verb,
                                "serviceaccounts",
                                User.serviceAccountNamespace(name),
                                shortName()));
            } else if (knowsNodes && name.startsWith(User.NODE_PREFIX)) {
                all.add(identity(real, group, verb, "nodes", "", shortName()));
            } else {
                all.add(identity(real, group, verb, "users", "", name));
            }
            for (String one : groups) {
                all.add(identity(real, group, verb, "groups", "", one));
            }
            if (!uid.isEmpty()) {
                all.add(identity(real, GROUP, verb, "uids", "", uid));
            }
            extra.forEach((key, values) -> {
                for (String value : values) {
                    all.add(identity(real, GROUP, verb, "userextras/" + key, "", value));
                }
            });
            return all;
        }

        private static AccessRequest identity(
                User real,
                String group,
                String verb,
                String resource,
                String namespace,
                String name) {
            return new AccessRequest.ToResource(real, verb, group, "v1", resource, namespace, name);
        }
    }

    /// Who the request is made as.
    ///
    /// @throws ApiException 400 for an identity without a name, 403 for one that `real` may not take
    User user(User real, WireRequest request) {
        Wish wish = Wish.of(request);
        if (wish.isNothing()) {
            return real;
        }
        if (wish.name().isEmpty()) {
            throw new ApiException(
                    Status.badRequest(
                            "requested impersonation of groups, uid or extra without a user"));
        }
        require(real, wish, request);
        if (wish.name().equals(User.ANONYMOUS.name())) {
            return User.ANONYMOUS;
        }
        Set<String> groups = new LinkedHashSet<>(wish.groups());
        if (wish.groups().isEmpty() && wish.isServiceAccount()) {
            groups.addAll(User.serviceAccountGroups(User.serviceAccountNamespace(wish.name())));
        }
        return new User(wish.name(), wish.uid(), new ArrayList<>(groups), wish.extra())
                .authenticated();
    }

    private void require(User real, Wish wish, WireRequest request) {
        AccessRequest action = action(real, wish, request);
        boolean mayHere =
                isAllowed(action)
                        && wish.identities(real, GROUP, "impersonate:" + wish.sort(), true).stream()
                                .allMatch(this::isAllowed);
        if (mayHere) {
            return;
        }
        List<AccessRequest> anywhere = wish.identities(real, "", "impersonate", false);
        if (anywhere.stream().noneMatch(this::isAllowed)) {
            throw new ApiException(Forbidden.status(action));
        }
        for (AccessRequest identity : anywhere) {
            if (!isAllowed(identity)) {
                throw new ApiException(Forbidden.status(identity));
            }
        }
    }

    /// What is to be done in the other's name.
    private static AccessRequest action(User real, Wish wish, WireRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String prefix = "impersonate-on:" + wish.sort() + ":";
        return switch (RequestTarget.parse(uri.path())) {
            case RequestTarget.Path path ->
                    new AccessRequest.ToPath(
                            real, prefix + request.method().toLowerCase(Locale.ROOT), path.path());
            case RequestTarget.Resource target -> {
                boolean isWatch =
                        target.isOldWatch()
                                || List.of("true", "1")
                                        .contains(
                                                uri.parameters()
                                                        .getOrDefault("watch", List.of(""))
                                                        .getFirst());
                yield new AccessRequest.ToResource(
                        real,
                        prefix + RequestPipeline.verb(request.method(), target, isWatch),
                        target.group(),
                        target.version(),
                        target.resourceWithSubresource(),
                        target.namespace(),
                        target.name());
            }
        };
    }

    private boolean isAllowed(AccessRequest request) {
        return authorizer.decide(request).isAllowed();
    }
}
