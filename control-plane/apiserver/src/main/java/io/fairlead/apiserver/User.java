package io.fairlead.apiserver;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who makes a request.
///
/// @param uid empty where the way of authentication gives none
/// @param extra what authenticators and webhooks tell each other beyond name and groups
public record User(String name, String uid, List<String> groups, Map<String, List<String>> extra) {
    static final String AUTHENTICATED = "system:authenticated";
    static final String UNAUTHENTICATED = "system:unauthenticated";
    public static final String MASTERS = "system:masters";
    static final String NODES = "system:nodes";
    static final String NODE_PREFIX = "system:node:";
    private static final String SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

    static final User ANONYMOUS =
            new User("system:anonymous", "", List.of(UNAUTHENTICATED), Map.of());

    /// Whoever it is, before anybody has looked.
    static final User UNKNOWN = new User("", "", List.of(), Map.of());

    public User {
        groups = List.copyOf(groups);
        extra = Map.copyOf(extra);
    }

    /// An authenticated user; `system:authenticated` is added to the groups.
    public static User of(String name, String... groups) {
        return new User(name, "", List.of(groups), Map.of()).authenticated();
    }

    /// The user as which pods of that service account act.
    public static User serviceAccount(String namespace, String name) {
        return new User(
                        SERVICE_ACCOUNT_PREFIX + namespace + ":" + name,
                        "",
                        serviceAccountGroups(namespace),
                        Map.of())
                .authenticated();
    }

    static List<String> serviceAccountGroups(String namespace) {
        return List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace);
    }

    /// The namespace of a service account's user name; empty for other names.
    static String serviceAccountNamespace(String userName) {
        if (!userName.startsWith(SERVICE_ACCOUNT_PREFIX)) {
            return "";
        }
        String rest = userName.substring(SERVICE_ACCOUNT_PREFIX.length());
        int colon = rest.indexOf(':');
        return colon < 0 ? "" : rest.substring(0, colon);
    }

    User authenticated() {
        Set<String> all = new LinkedHashSet<>(groups);
        all.add(AUTHENTICATED);
        return new User(name, uid, new ArrayList<>(all), extra);
    }

    boolean isMaster() {
        return groups.contains(MASTERS);
    }

    /// The node as which this user acts; empty for others.
    String nodeName() {
        return groups.contains(NODES) && name.startsWith(NODE_PREFIX)
                ? name.substring(NODE_PREFIX.length())
                : "";
    }
}
