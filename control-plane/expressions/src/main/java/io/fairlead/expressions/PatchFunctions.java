package io.fairlead.expressions;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;

/// What only expressions that make patches can call.
final class PatchFunctions {
    private static final String NAME = "jsonpatch.escapeKey";
    private static final String OVERLOAD = "string_jsonpatch_escapeKey_string";

    private PatchFunctions() {}

    static CelFunctionDecl declaration() {
        return CelFunctionDecl.newFunctionDeclaration(
                NAME,
                CelOverloadDecl.newGlobalOverload(OVERLOAD, SimpleType.STRING, SimpleType.STRING));
    }

    static Iterable<CelFunctionBinding> bindings() {
        return CelFunctionBinding.fromOverloads(
                NAME, CelFunctionBinding.from(OVERLOAD, String.class, PatchFunctions::escaped));
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
