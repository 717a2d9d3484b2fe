package io.fairlead.expressions;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelRuntimeLibrary;
import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compiles expressions that speak of given variables. Safe for use by many threads.
public final class ExpressionCompiler {
    private static final int CODE_POINTS_MAX = 100_000;
    private static final int ITERATIONS_MAX = 1_000_000;

    private final CelCompiler compiler;

    private ExpressionCompiler(CelCompiler compiler) {
        this.compiler = compiler;
    }

    /// Of variables whose types nobody knows before they have values.
    ///
    /// @param access the names of variables that are an [Authorizer], or a check of one
    public static ExpressionCompiler ofAny(List<String> variables, Map<String, Access> access) {
        CelCompilerBuilder builder = builder();
        variables.forEach(name -> builder.addVar(name, SimpleType.DYN));
        access.forEach((name, kind) ->
                builder.addVar(
                        name,
                        kind == Access.AUTHORIZER
                                ? AccessFunctions.AUTHORIZER.type()
                                : AccessFunctions.RESOURCE.type()));
        return new ExpressionCompiler(builder.build());
    }

    /// What a variable that asks about rights is.
    public enum Access {
        AUTHORIZER,
        RESOURCE_CHECK
    }

    /// Of a value under a schema, `self`, and what it was, `oldSelf`; null when expressions cannot see such values.
    static @Nullable ExpressionCompiler ofSchema(JsonObject schema, boolean isOldOptional) {
        SchemaTypes types = new SchemaTypes();
        CelType self = types.type(schema, "selfType");
        if (self == null) {
            return null;
        }
        CelCompiler compiler =
                builder()
                        .setTypeProvider(types)
                        .addVar("self", self)
                        .addVar("oldSelf", isOldOptional ? OptionalType.create(self) : self)
                        .build();
        return new ExpressionCompiler(compiler);
    }

    /// @throws ExpressionException saying what is wrong, over several lines
    public Expression compile(String text) throws ExpressionException {
        try {
            CelValidationResult result = compiler.compile(text);
            if (result.hasError()) {
                throw new ExpressionException("compilation failed: " + result.getErrorString());
            }
            CelAbstractSyntaxTree tree = result.getAst();
            CelRuntime.Program program = Shared.RUNTIME.createProgram(tree);
            return new Expression(text, tree, program, tree.getResultType().name());
        } catch (CelValidationException | CelEvaluationException e) {
            throw new ExpressionException("compilation failed: " + e.getMessage());
        } catch (StackOverflowError e) {
            throw new ExpressionException(
                    "compilation failed: the expression is nested too deeply");
        }
    }

    /// As [#compile], for expressions that must come to a certain type.
    ///
    /// @param types as CEL writes them; `dyn` always fits
    public Expression compile(String text, String... types) throws ExpressionException {
        Expression expression = compile(text);
        boolean fits =
                List.of(types).contains(expression.resultType())
                        || expression.resultType().equals("dyn")
                        || expression.resultType().equals("any");
        if (!fits) {
            throw new ExpressionException("must evaluate to " + String.join(" or ", types));
        }
        return expression;
    }

    private static CelCompilerBuilder builder() {
        return CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(Shared.OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addLibraries(Shared.compilerLibraries())
                .addFunctionDeclarations(Shared.FUNCTIONS.declarations());
    }

    /// What all compilers share; made when the first expression comes.
    private static final class Shared {
        static final CelOptions OPTIONS =
                CelOptions.current()
                        .enableHeterogeneousNumericComparisons(true)
                        .maxExpressionCodePointSize(CODE_POINTS_MAX)
                        .comprehensionMaxIterations(ITERATIONS_MAX)
                        .build();
        static final FunctionSet FUNCTIONS = functions();
        static final CelRuntime RUNTIME =
                CelRuntimeFactory.legacyCelRuntimeBuilder()
                        .setOptions(OPTIONS)
                        .addLibraries(runtimeLibraries())
                        .addFunctionBindings(FUNCTIONS.bindings())
                        .build();

        private static FunctionSet functions() {
            FunctionSet functions = new FunctionSet();
            ListFunctions.addTo(functions);
            TextFunctions.addTo(functions);
            UrlFunctions.addTo(functions);
            AddressFunctions.addTo(functions);
            QuantityFunctions.addTo(functions);
            SemverFunctions.addTo(functions);
            FormatFunctions.addTo(functions);
            AccessFunctions.addTo(functions);
            return functions;
        }

        static List<CelCompilerLibrary> compilerLibraries() {
            return List.of(
                    CelExtensions.optional(),
                    CelExtensions.strings(),
                    CelExtensions.sets(OPTIONS),
                    CelExtensions.comprehensions());
        }

        private static List<CelRuntimeLibrary> runtimeLibraries() {
            return List.of(
                    CelExtensions.optional(),
                    CelExtensions.strings(),
                    CelExtensions.sets(OPTIONS),
                    CelExtensions.comprehensions());
        }
    }
}
