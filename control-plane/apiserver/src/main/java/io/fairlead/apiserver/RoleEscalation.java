package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Nobody grants rights that he does not hold, unless the verbs `escalate` or `bind` let him.
final class RoleEscalation implements Admission.Step {
    private final RoleBasedAuthorizer authorizer;

    RoleEscalation(RoleBasedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        if (write.user().isMaster() || write.part() == Write.Part.INTERNAL) {
            return;
        }
        boolean isRole =
                type.equals(RoleBasedAuthorizer.ROLE)
                        || type.equals(RoleBasedAuthorizer.CLUSTER_ROLE);
        boolean isBinding =
                type.equals(RoleBasedAuthorizer.ROLE_BINDING)
                        || type.equals(RoleBasedAuthorizer.CLUSTER_ROLE_BINDING);
        if (isRole && !may("escalate", type, object, write)) {
            refuseWhatIsMissing(PolicyRule.rulesOf(object), object, write);
        } else if (isBinding && !mayBind(object, write)) {
            List<PolicyRule> rules =
                    authorizer
                            .referred(object)
                            .orElseThrow(() ->
                                    new ApiException(
                                            Status.notFound(
                                                    roleType(object),
                                                    object.text("roleRef", "name"))));
            refuseWhatIsMissing(rules, object, write);
        }
    }

    private boolean mayBind(JsonObject binding, Write write) {
        ResourceType role = roleType(binding);
        return authorizer
                .decide(
                        new AccessRequest.ToResource(
                                write.user(),
                                "bind",
                                role.group(),
                                role.version(),
                                role.plural(),
                                binding.text("metadata", "namespace"),
                                binding.text("roleRef", "name")))
                .isAllowed();
    }

    private boolean may(String verb, ResourceType type, JsonObject object, Write write) {
        return authorizer
                .decide(
                        new AccessRequest.ToResource(
                                write.user(),
                                verb,
                                type.group(),
                                type.version(),
                                type.plural(),
                                object.text("metadata", "namespace"),
                                object.text("metadata", "name")))
                .isAllowed();
    }

    private static ResourceType roleType(JsonObject binding) {
        return binding.text("roleRef", "kind").equals("Role")
                ? RoleBasedAuthorizer.ROLE
                : RoleBasedAuthorizer.CLUSTER_ROLE;
    }

    private void refuseWhatIsMissing(List<PolicyRule> wanted, JsonObject object, Write write) {
        User user = write.user();
        List<PolicyRule> missing =
                authorizer.missing(user, object.text("metadata", "namespace"), wanted);
        if (missing.isEmpty()) {
            return;
        }
        ResourceType type = write.resource().type();
        String name = object.text("metadata", "name");
        throw new ApiException(
                Status.about(
                        403,
                        "Forbidden",
                        "%s \"%s\" is forbidden: user \"%s\" (groups=[%s]) is attempting to grant RBAC permissions not currently held:\n%s"
                                .formatted(
                                        type.qualifiedPlural(),
                                        name,
                                        user.name(),
                                        user.groups().stream()
                                                .map(group -> "\"" + group + "\"")
                                                .collect(Collectors.joining(" ")),
                                        missing.stream()
                                                .map(PolicyRule::text)
                                                .collect(Collectors.joining("\n"))),
                        type,
                        name));
    }
}
