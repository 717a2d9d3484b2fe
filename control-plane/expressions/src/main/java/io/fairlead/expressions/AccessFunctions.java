package io.fairlead.expressions;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.fairlead.expressions.FunctionSet.Kind;

/// What policies ask an [Authorizer]: `authorizer.group('apps').resource('deployments').check('create').allowed()`.
final class AccessFunctions {
    static final Kind AUTHORIZER =
            new Kind(OpaqueType.create("kubernetes.authorization.Authorizer"), Authorizer.class);
    private static final Kind PATH =
            new Kind(OpaqueType.create("kubernetes.authorization.PathCheck"), PathCheck.class);
    private static final Kind GROUP =
            new Kind(OpaqueType.create("kubernetes.authorization.GroupCheck"), GroupCheck.class);
    static final Kind RESOURCE =
            new Kind(
                    OpaqueType.create("kubernetes.authorization.ResourceCheck"),
                    Authorizer.ResourceCheck.class);
    private static final Kind DECISION =
            new Kind(
                    OpaqueType.create("kubernetes.authorization.Decision"),
                    Authorizer.Decision.class);

    private AccessFunctions() {}

    private record PathCheck(Authorizer authorizer, String path) {}

    private record GroupCheck(Authorizer authorizer, String group) {}

    static void addTo(FunctionSet functions) {
        functions.member(
                "path",
                of -> new PathCheck((Authorizer) of[0], (String) of[1]),
                PATH.type(),
                AUTHORIZER,
                Kinds.TEXT);
        functions.member(
                "group",
                of -> new GroupCheck((Authorizer) of[0], (String) of[1]),
                GROUP.type(),
                AUTHORIZER,
                Kinds.TEXT);
        functions.member(
                "serviceAccount",
                of -> ((Authorizer) of[0]).as((String) of[1], (String) of[2]),
                AUTHORIZER.type(),
                AUTHORIZER,
                Kinds.TEXT,
                Kinds.TEXT);
        functions.member(
                "resource",
                of -> {
                    GroupCheck group = (GroupCheck) of[0];
                    return new Authorizer.ResourceCheck(
                            group.authorizer(), group.group(), (String) of[1], "", "", "", "", "");
                },
                RESOURCE.type(),
                GROUP,
                Kinds.TEXT);
        refine(functions, "subresource", Authorizer.ResourceCheck::withSubresource);
        refine(functions, "namespace", Authorizer.ResourceCheck::withNamespace);
        refine(functions, "name", Authorizer.ResourceCheck::withName);
        refine(functions, "fieldSelector", Authorizer.ResourceCheck::withFieldSelector);
        refine(functions, "labelSelector", Authorizer.ResourceCheck::withLabelSelector);
        functions.member(
                "check",
                of -> {
                    PathCheck path = (PathCheck) of[0];
                    return path.authorizer().path(path.path(), (String) of[1]);
                },
                DECISION.type(),
                PATH,
                Kinds.TEXT);
        functions.member(
                "check",
                of -> {
                    Authorizer.ResourceCheck check = (Authorizer.ResourceCheck) of[0];
                    return check.authorizer().resource(check, (String) of[1]);
                },
                DECISION.type(),
                RESOURCE,
                Kinds.TEXT);
        functions.member(
                "allowed",
                of -> ((Authorizer.Decision) of[0]).isAllowed(),
                SimpleType.BOOL,
                DECISION);
        functions.member(
                "reason",
                of -> ((Authorizer.Decision) of[0]).reason(),
                SimpleType.STRING,
                DECISION);
        functions.member(
                "errored",
                of -> !((Authorizer.Decision) of[0]).error().isEmpty(),
                SimpleType.BOOL,
                DECISION);
        functions.member(
                "error", of -> ((Authorizer.Decision) of[0]).error(), SimpleType.STRING, DECISION);
    }

    private interface Refinement {
        Authorizer.ResourceCheck apply(Authorizer.ResourceCheck check, String value);
    }

    private static void refine(FunctionSet functions, String name, Refinement refinement) {
        functions.member(
                name,
                of -> refinement.apply((Authorizer.ResourceCheck) of[0], (String) of[1]),
                RESOURCE.type(),
                RESOURCE,
                Kinds.TEXT);
    }
}
