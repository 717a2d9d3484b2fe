package io.fairlead.expressions;

import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import io.fairlead.expressions.FunctionSet.Kind;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/// `isSorted`, `sum`, `min`, `max`, `indexOf` and `lastIndexOf` of lists.
final class ListFunctions {
    private ListFunctions() {}

    static void addTo(FunctionSet functions) {
        // Which type a list's items have is the checker's business; at run time all are compared
        // alike.
        functions.member("isSorted", of -> isSorted(list(of)), SimpleType.BOOL, Kinds.ITEMS);
        TypeParamType any = TypeParamType.create("T");
        Kind items = new Kind(ListType.create(any), Collection.class);
        Kind item = new Kind(any, Object.class);
        functions.member("min", of -> extreme(list(of), -1), any, items);
        functions.member("max", of -> extreme(list(of), 1), any, items);
        functions.member("sum", of -> sum(list(of)), any, items);
        functions.member(
                "indexOf", of -> (long) indexOf(list(of), of[1]), SimpleType.INT, items, item);
        functions.member(
                "lastIndexOf",
                of -> (long) lastIndexOf(list(of), of[1]),
                SimpleType.INT,
                items,
                item);
    }

    private static List<Object> list(Object[] arguments) {
        return List.copyOf((Collection<?>) arguments[0]);
    }

    private static boolean isSorted(List<Object> items) {
        for (int i = 1; i < items.size(); i++) {
            if (compare(items.get(i - 1), items.get(i)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static Object extreme(List<Object> items, int sign) {
        if (items.isEmpty()) {
            throw new IllegalArgumentException(
                    sign < 0 ? "min called on empty list" : "max called on empty list");
        }
        Object best = items.getFirst();
        for (Object item : items) {
            best = compare(item, best) * sign > 0 ? item : best;
        }
        return best;
    }

    private static Object sum(List<Object> items) {
        Object sum = null;
        for (Object item : items) {
            sum =
                    switch (item) {
                        case Long whole -> sum == null ? whole : Math.addExact((Long) sum, whole);
                        case Double number -> sum == null ? number : (Double) sum + number;
                        case Duration span -> sum == null ? span : ((Duration) sum).plus(span);
                        default -> throw new IllegalArgumentException("no such overload");
                    };
        }
        return sum == null ? Long.valueOf(0) : sum;
    }

    private static int indexOf(List<Object> items, Object wanted) {
        for (int i = 0; i < items.size(); i++) {
            if (Objects.equals(items.get(i), wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static int lastIndexOf(List<Object> items, Object wanted) {
        for (int i = items.size() - 1; i >= 0; i--) {
            if (Objects.equals(items.get(i), wanted)) {
                return i;
            }
        }
        return -1;
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object left, Object right) {
        if (left instanceof Number one
                && right instanceof Number other
                && left.getClass() != right.getClass()) {
            return Double.compare(one.doubleValue(), other.doubleValue());
        }
        if (left instanceof Comparable<?> && left.getClass() == right.getClass()) {
            return ((Comparable<Object>) left).compareTo(right);
        }
        throw new IllegalArgumentException("no such overload");
    }
}
