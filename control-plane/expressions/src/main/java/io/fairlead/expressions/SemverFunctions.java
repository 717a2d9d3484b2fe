package io.fairlead.expressions;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.fairlead.expressions.FunctionSet.Kind;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `semver`, `isSemver`, and the order of versions.
final class SemverFunctions {
    private static final Kind SEMVER =
            new Kind(OpaqueType.create("kubernetes.Semver"), Semver.class);
    private static final Pattern FORM =
            Pattern.compile(
                    "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?");
    private static final Pattern LOOSE =
            Pattern.compile(
                    "v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?((?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?)");

    private SemverFunctions() {}

    /// A version (semver.org), without its build metadata, which has no part in the order.
    ///
    /// @param pre the identifiers of a pre-release, with dots between them; empty for a release
    record Semver(long major, long minor, long patch, String pre) implements Comparable<Semver> {
        @Override
        public int compareTo(Semver other) {
            int order = Long.compare(major, other.major);
            order = order != 0 ? order : Long.compare(minor, other.minor);
            order = order != 0 ? order : Long.compare(patch, other.patch);
            if (order != 0 || pre.equals(other.pre)) {
                return order;
            }
            if (pre.isEmpty() || other.pre.isEmpty()) {
                return pre.isEmpty() ? 1 : -1;
            }
            String[] one = pre.split("\\.");
            String[] two = other.pre.split("\\.");
            for (int i = 0; i < Math.min(one.length, two.length); i++) {
                int part = compareParts(one[i], two[i]);
                if (part != 0) {
                    return part;
                }
            }
            return Integer.compare(one.length, two.length);
        }

        private static int compareParts(String one, String two) {
            boolean isOne = one.chars().allMatch(Character::isDigit);
            boolean isTwo = two.chars().allMatch(Character::isDigit);
            if (isOne && isTwo) {
                return new BigInteger(one).compareTo(new BigInteger(two));
            }
            return isOne == isTwo ? Integer.signum(one.compareTo(two)) : isOne ? -1 : 1;
        }
    }

    static void addTo(FunctionSet functions) {
        functions.global("semver", of -> semver((String) of[0]), SEMVER.type(), Kinds.TEXT);
        functions.global(
                "semver",
                of -> semver(normal((String) of[0], (Boolean) of[1])),
                SEMVER.type(),
                Kinds.TEXT,
                Kinds.FLAG);
        functions.global("isSemver", of -> isSemver((String) of[0]), SimpleType.BOOL, Kinds.TEXT);
        functions.global(
                "isSemver",
                of -> isSemver(normal((String) of[0], (Boolean) of[1])),
                SimpleType.BOOL,
                Kinds.TEXT,
                Kinds.FLAG);
        functions.member("major", of -> ((Semver) of[0]).major(), SimpleType.INT, SEMVER);
        functions.member("minor", of -> ((Semver) of[0]).minor(), SimpleType.INT, SEMVER);
        functions.member("patch", of -> ((Semver) of[0]).patch(), SimpleType.INT, SEMVER);
        functions.member("isLessThan", of -> compare(of) < 0, SimpleType.BOOL, SEMVER, SEMVER);
        functions.member("isGreaterThan", of -> compare(of) > 0, SimpleType.BOOL, SEMVER, SEMVER);
        functions.member("compareTo", of -> (long) compare(of), SimpleType.INT, SEMVER, SEMVER);
    }

    private static int compare(Object[] arguments) {
        return ((Semver) arguments[0]).compareTo((Semver) arguments[1]);
    }

    private static boolean isSemver(String text) {
        return FORM.matcher(text).matches();
    }

    private static Semver semver(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("No Major.Minor.Patch elements found");
        }
        String pre = matcher.group(4);
        return new Semver(
                Long.parseLong(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Long.parseLong(matcher.group(3)),
                pre == null ? "" : pre);
    }

    /// With the parts that are missing, and without what is too much: a `v` in front, zeros before numbers.
    private static String normal(String text, boolean isLoose) {
        Matcher matcher = LOOSE.matcher(text);
        if (!isLoose || !matcher.matches()) {
            return text;
        }
        return number(matcher.group(1))
                + "."
                + number(matcher.group(2))
                + "."
                + number(matcher.group(3))
                + matcher.group(4);
    }

    private static String number(@org.jspecify.annotations.Nullable String digits) {
        return digits == null ? "0" : new BigInteger(digits).toString();
    }
}
