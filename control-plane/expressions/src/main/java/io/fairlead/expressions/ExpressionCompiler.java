package io.fairlead.expressions;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
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
import dev.cel.validator.CelAstValidator;
import dev.cel.validator.CelValidatorFactory;
import dev.cel.validator.validators.DurationLiteralValidator;
import dev.cel.validator.validators.HomogeneousLiteralValidator;
import dev.cel.validator.validators.RegexLiteralValidator;
import dev.cel.validator.validators.TimestampLiteralValidator;
import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Compiles the rules of a schema, and makes programs of all expressions that were checked. Safe for use by many threads.
final class ExpressionCompiler {
    private static final int CODE_POINTS_MAX = 100_000;
    private static final int ITERATIONS_MAX = 1_000_000;
    static final String FAILED = "compilation failed: ";

    // What is wrong in itself is not left for objects to fail on. Arguments of `format` may differ.
    private static final CelAstValidator[] LITERALS = {
        DurationLiteralValidator.INSTANCE,
        TimestampLiteralValidator.INSTANCE,
        RegexLiteralValidator.INSTANCE,
        HomogeneousLiteralValidator.newInstance("format")
    };

    private final CelCompiler compiler;

    private ExpressionCompiler(CelCompiler compiler) {
        this.compiler = compiler;
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
    Expression compile(String text) throws ExpressionException {
        return program(text, check(compiler, text, FAILED));
    }

    /// @param failed what the message of a failure begins with
    static CelAbstractSyntaxTree check(CelCompiler compiler, String text, String failed)
            throws ExpressionException {
        try {
            CelValidationResult result = compiler.compile(text);
            if (result.hasError()) {
                throw new ExpressionException(failed + result.getErrorString());
            }
            CelValidationResult literals =
                    CelValidatorFactory.standardCelValidatorBuilder(compiler, Shared.RUNTIME)
                            .addAstValidators(LITERALS)
                            .build()
                            .validate(result.getAst());
            if (literals.hasError()) {
                throw new ExpressionException(failed + literals.getErrorString());
            }
            return result.getAst();
        } catch (CelValidationException e) {
            throw new ExpressionException(failed + e.getMessage());
        } catch (StackOverflowError e) {
            throw new ExpressionException(failed + "the expression is nested too deeply");
        }
    }

    static Expression program(String text, CelAbstractSyntaxTree tree) throws ExpressionException {
        return program(text, tree, Shared.RUNTIME);
    }

    /// As [#program], of an expression that makes patches.
    static Expression patchProgram(String text, CelAbstractSyntaxTree tree)
            throws ExpressionException {
        return program(text, tree, Shared.PATCH_RUNTIME);
    }

    private static Expression program(String text, CelAbstractSyntaxTree tree, CelRuntime runtime)
            throws ExpressionException {
        try {
            return new Expression(
                    text, tree, runtime.createProgram(tree), tree.getResultType().name());
        } catch (CelEvaluationException e) {
            throw new ExpressionException("program instantiation failed: " + e.getMessage());
        }
    }

    static CelOptions options() {
        return Shared.OPTIONS;
    }

    static CelCompilerBuilder builder() {
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

        // Only this one can make objects of types that no descriptor tells of.
        static final CelRuntime PATCH_RUNTIME =
                CelRuntimeFactory.plannerRuntimeBuilder()
                        .setOptions(OPTIONS)
                        .setTypeProvider(patchTypes())
                        .setValueProvider(
                                (type, members) -> Optional.of(new PatchObject(type, members)))
                        .addLibraries(runtimeLibraries())
                        .addFunctionBindings(FUNCTIONS.bindings())
                        .addFunctionBindings(PatchFunctions.bindings())
                        .build();

        private static PolicyTypes patchTypes() {
            PolicyTypes types = new PolicyTypes();
            types.allowPatches(Set.of("metadata"));
            return types;
        }

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
