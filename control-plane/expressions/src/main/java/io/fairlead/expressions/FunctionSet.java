package io.fairlead.expressions;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.runtime.CelFunctionBinding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Functions by name, each with its overloads: what the checker must know of them, and what they do. Owned by whoever builds an environment.
final class FunctionSet {
    private final Map<String, List<CelOverloadDecl>> declared = new LinkedHashMap<>();
    private final Map<String, List<CelFunctionBinding>> bound = new LinkedHashMap<>();

    /// What a function does with its arguments, which have the declared types.
    interface Body {
        Object apply(Object[] arguments) throws Exception;
    }

    /// A type as the checker and as Java know it.
    record Kind(CelType type, Class<?> javaClass) {}

    /// `name(arguments)`.
    FunctionSet global(String name, Body body, CelType result, Kind... parameters) {
        String id = id(name, "global", parameters);
        declare(name, CelOverloadDecl.newGlobalOverload(id, result, types(parameters)));
        return bind(name, id, body, parameters);
    }

    /// `receiver.name(arguments)`; the receiver is the first parameter.
    FunctionSet member(String name, Body body, CelType result, Kind... parameters) {
        String id = id(name, "member", parameters);
        declare(name, CelOverloadDecl.newMemberOverload(id, result, types(parameters)));
        return bind(name, id, body, parameters);
    }

    List<CelFunctionDecl> declarations() {
        List<CelFunctionDecl> declarations = new ArrayList<>();
        declared.forEach((name, overloads) ->
                declarations.add(CelFunctionDecl.newFunctionDeclaration(name, overloads)));
        return declarations;
    }

    List<CelFunctionBinding> bindings() {
        List<CelFunctionBinding> bindings = new ArrayList<>();
        bound.forEach((name, overloads) ->
                bindings.addAll(CelFunctionBinding.fromOverloads(name, overloads)));
        return bindings;
    }

    private void declare(String name, CelOverloadDecl overload) {
        declared.computeIfAbsent(name, missing -> new ArrayList<>()).add(overload);
    }

    // Bodies are functions of their arguments alone, which the library's annotation cannot tell of
    // a lambda.
    @SuppressWarnings("Immutable")
    private FunctionSet bind(String name, String id, Body body, Kind... parameters) {
        List<Class<?>> classes = new ArrayList<>();
        for (Kind parameter : parameters) {
            classes.add(parameter.javaClass());
        }
        bound.computeIfAbsent(name, missing -> new ArrayList<>())
                .add(
                        CelFunctionBinding.from(
                                id,
                                classes,
                                arguments -> {
                                    try {
                                        return body.apply(arguments);
                                    } catch (RuntimeException e) {
                                        throw e;
                                    } catch (Exception e) {
                                        throw new IllegalArgumentException(e.getMessage(), e);
                                    }
                                }));
        return this;
    }

    private static List<CelType> types(Kind... parameters) {
        List<CelType> types = new ArrayList<>();
        for (Kind parameter : parameters) {
            types.add(parameter.type());
        }
        return types;
    }

    private static String id(String name, String form, Kind... parameters) {
        StringBuilder id = new StringBuilder("fairlead_" + form + "_" + name);
        for (Kind parameter : parameters) {
            id.append('_').append(parameter.type().name().replaceAll("[^A-Za-z0-9]", "_"));
            if (parameter.type() instanceof ListType list && list.hasElemType()) {
                id.append("_of_").append(list.elemType().name().replaceAll("[^A-Za-z0-9]", "_"));
            }
        }
        return id.toString();
    }
}
