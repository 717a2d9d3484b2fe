package io.fairlead.expressions;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.fairlead.api.Quantity;
import io.fairlead.expressions.FunctionSet.Kind;
import java.math.BigDecimal;

/// `quantity`, `isQuantity`, and arithmetic with amounts such as `200M`.
final class QuantityFunctions {
    private static final Kind QUANTITY =
            new Kind(OpaqueType.create("kubernetes.Quantity"), Quantity.class);

    private QuantityFunctions() {}

    static void addTo(FunctionSet functions) {
        functions.global(
                "quantity", of -> Quantity.parse((String) of[0]), QUANTITY.type(), Kinds.TEXT);
        functions.global(
                "isQuantity",
                of -> Quantity.parseOrNull((String) of[0]) != null,
                SimpleType.BOOL,
                Kinds.TEXT);
        functions.member("sign", of -> (long) of(of).sign(), SimpleType.INT, QUANTITY);
        functions.member("isInteger", of -> isInteger(of(of)), SimpleType.BOOL, QUANTITY);
        functions.member("asInteger", of -> integer(of(of)), SimpleType.INT, QUANTITY);
        functions.member(
                "asApproximateFloat",
                of -> of(of).exact().doubleValue(),
                SimpleType.DOUBLE,
                QUANTITY);
        functions.member(
                "add", of -> of(of).plus((Quantity) of[1]), QUANTITY.type(), QUANTITY, QUANTITY);
        functions.member(
                "add",
                of -> of(of).plus(Quantity.of((long) (Long) of[1])),
                QUANTITY.type(),
                QUANTITY,
                Kinds.WHOLE);
        functions.member(
                "sub", of -> of(of).minus((Quantity) of[1]), QUANTITY.type(), QUANTITY, QUANTITY);
        functions.member(
                "sub",
                of -> of(of).minus(Quantity.of((long) (Long) of[1])),
                QUANTITY.type(),
                QUANTITY,
                Kinds.WHOLE);
        functions.member("isLessThan", of -> compare(of) < 0, SimpleType.BOOL, QUANTITY, QUANTITY);
        functions.member(
                "isGreaterThan", of -> compare(of) > 0, SimpleType.BOOL, QUANTITY, QUANTITY);
        functions.member("compareTo", of -> (long) compare(of), SimpleType.INT, QUANTITY, QUANTITY);
    }

    private static Quantity of(Object[] arguments) {
        return (Quantity) arguments[0];
    }

    private static int compare(Object[] arguments) {
        return of(arguments).compareTo((Quantity) arguments[1]);
    }

    private static boolean isInteger(Quantity quantity) {
        BigDecimal exact = quantity.exact().stripTrailingZeros();
        return exact.scale() <= 0 && exact.toBigInteger().bitLength() < Long.SIZE;
    }

    private static long integer(Quantity quantity) {
        if (!isInteger(quantity)) {
            throw new IllegalArgumentException("cannot convert value to integer");
        }
        return quantity.exact().longValueExact();
    }
}
