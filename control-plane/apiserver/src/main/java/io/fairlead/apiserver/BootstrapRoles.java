package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.List;

/// The roles and bindings that exist at first start.
final class BootstrapRoles {
    private BootstrapRoles() {}

    static List<JsonObject> all() {
        return List.of();
    }

    static ResourceType type(JsonObject role) {
        return switch (role.text("kind")) {
            case "Role" -> RoleBasedAuthorizer.ROLE;
            case "RoleBinding" -> RoleBasedAuthorizer.ROLE_BINDING;
            case "ClusterRole" -> RoleBasedAuthorizer.CLUSTER_ROLE;
            default -> RoleBasedAuthorizer.CLUSTER_ROLE_BINDING;
        };
    }
}
