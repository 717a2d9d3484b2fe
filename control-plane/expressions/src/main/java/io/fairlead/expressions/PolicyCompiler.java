package io.fairlead.expressions;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import io.fairlead.api.SchemaType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Compiles the expressions of one policy, or of webhooks: all speak of `object`, `oldObject`, `request` and `namespaceObject`, some of more. Owned by one thread.
public final class PolicyCompiler {
    private final Offer offer;
    private final Shapes shapes;
    private final PolicyTypes types = new PolicyTypes();
    private final Map<Sort, CelCompiler> compilers = new EnumMap<>(Sort.class);

    /// What the expressions' owner lets them speak of.
    public enum Offer {
        /// Nothing but the request.
        REQUEST,
        /// Also `variables`.
        VARIABLES,
        /// Also `params`.
        PARAMS,
        /// Also `params` and `variables`.
        PARAMS_AND_VARIABLES
    }

    /// What an expression is for, which says what it must come to.
    public enum Sort {
        CONDITION("bool"),
        VARIABLE(),
        MESSAGE("string"),
        AUDIT_VALUE("string", "null_type"),
        APPLY_CONFIGURATION(PolicyTypes.OBJECT),
        JSON_PATCH("list(" + PolicyTypes.JSON_PATCH + ")"),
        /// Only looked at, never evaluated.
        TYPE_CHECK();

        private final Set<String> results;
        private final String wanted;

        Sort(String... results) {
            this.results = Set.of(results);
            this.wanted =
                    results.length == 1
                            ? results[0]
                            : "one of " + Arrays.toString(results).replace(",", "");
        }

        boolean isPatch() {
            return this == APPLY_CONFIGURATION || this == JSON_PATCH;
        }
    }

    /// The schemas of objects and parameters; empty where nobody knows them before they come.
    public record Shapes(Optional<SchemaType> object, Optional<SchemaType> params) {
        public static final Shapes UNKNOWN = new Shapes(Optional.empty(), Optional.empty());
    }

    public PolicyCompiler(Offer offer, Shapes shapes) {
        this.offer = offer;
        this.shapes = shapes;
    }

    /// Compiles a variable; whether that works or not, later expressions can name it.
    ///
    /// @throws ExpressionException as [#compile]
    public Expression addVariable(String name, String text) throws ExpressionException {
        CelType type = SimpleType.DYN;
        try {
            CelAbstractSyntaxTree tree = check(text, Sort.VARIABLE);
            type = tree.getResultType();
            return ExpressionCompiler.program(text, tree);
        } finally {
            types.addVariable(name, type);
            compilers.clear();
        }
    }

    /// @throws ExpressionException saying what is wrong, over several lines
    public Expression compile(String text, Sort sort) throws ExpressionException {
        CelAbstractSyntaxTree tree = check(text, sort);
        String result = result(tree.getResultType());
        if (!sort.results.isEmpty() && !sort.results.contains(result)) {
            throw new ExpressionException(
                    "must evaluate to %s but got %s".formatted(sort.wanted, result));
        }
        return sort.isPatch()
                ? ExpressionCompiler.patchProgram(text, tree)
                : ExpressionCompiler.program(text, tree);
    }

    private CelAbstractSyntaxTree check(String text, Sort sort) throws ExpressionException {
        CelCompiler compiler;
        if (sort.isPatch()) {
            types.allowPatches(fields(text));
            compiler = builder(sort).build();
        } else {
            types.allowPatches(Set.of());
            compiler = compilers.computeIfAbsent(sort, missing -> builder(missing).build());
        }
        return ExpressionCompiler.check(
                compiler, text, sort == Sort.TYPE_CHECK ? "" : ExpressionCompiler.FAILED);
    }

    private CelCompilerBuilder builder(Sort sort) {
        CelType object = type(shapes.object(), "objectType");
        CelCompilerBuilder builder =
                ExpressionCompiler.builder()
                        .setTypeProvider(types)
                        .addVar("object", object)
                        .addVar("oldObject", object)
                        .addVar("request", PolicyTypes.request())
                        .addVar("namespaceObject", PolicyTypes.namespace());
        if (offer == Offer.VARIABLES || offer == Offer.PARAMS_AND_VARIABLES) {
            builder.addVar("variables", types.variables());
        }
        if (offer == Offer.PARAMS || offer == Offer.PARAMS_AND_VARIABLES) {
            builder.addVar("params", type(shapes.params(), "paramsType"));
        }
        // Messages are told to everybody, so they cannot tell what somebody may do.
        if (sort != Sort.MESSAGE) {
            builder.addVar("authorizer", AccessFunctions.AUTHORIZER.type())
                    .addVar("authorizer.requestResource", AccessFunctions.RESOURCE.type());
        }
        if (sort.isPatch()) {
            builder.addFunctionDeclarations(PatchFunctions.declaration());
        }
        return builder;
    }

    private CelType type(Optional<SchemaType> shape, String name) {
        return shape.map(known -> types.type(known, name)).orElse(SimpleType.DYN);
    }

    private static String result(CelType type) {
        return dev.cel.common.types.CelTypes.format(type);
    }

    /// The fields that an expression speaks of, known before it is checked.
    private static Set<String> fields(String text) {
        Set<String> fields = new HashSet<>();
        // Not empty, because that would mean that there are no patches.
        fields.add("metadata");
        try {
            CelAbstractSyntaxTree tree =
                    CelCompilerFactory.standardCelCompilerBuilder()
                            .setOptions(ExpressionCompiler.options())
                            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                            .build()
                            .parse(text)
                            .getAst();
            CelNavigableAst.fromAst(tree)
                    .getRoot()
                    .allNodes()
                    .map(CelNavigableExpr::expr)
                    .forEach(each -> addFields(each, fields));
        } catch (CelValidationException e) {
            // What cannot be parsed is refused by the check that follows.
            return fields;
        }
        return fields;
    }

    private static void addFields(CelExpr expression, Set<String> fields) {
        switch (expression.getKind()) {
            case STRUCT ->
                    expression.struct().entries().forEach(entry -> fields.add(entry.fieldKey()));
            case SELECT -> fields.add(expression.select().field());
            default -> {}
        }
    }
}
