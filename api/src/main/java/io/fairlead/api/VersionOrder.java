package io.fairlead.api;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts versions in the order of Kubernetes, the best first: `v10`, `v2`, `v1`, `v11beta2`, `v3beta1`, `v12alpha1`, and then whatever else by name.
public final class VersionOrder implements Comparator<String> {
    public static final VersionOrder BEST_FIRST = new VersionOrder();

    private static final Pattern VERSION =
            Pattern.compile("v([1-9][0-9]{0,8})((alpha|beta)([1-9][0-9]{0,8}))?");

    private VersionOrder() {}

    @Override
    public int compare(String left, String right) {
        Matcher one = VERSION.matcher(left);
        Matcher other = VERSION.matcher(right);
        boolean isOne = one.matches();
        boolean isOther = other.matches();
        if (!isOne || !isOther) {
            return isOne == isOther ? left.compareTo(right) : isOne ? -1 : 1;
        }
        int byStage = stage(other) - stage(one);
        if (byStage != 0) {
            return byStage;
        }
        int byMajor = number(other.group(1)) - number(one.group(1));
        return byMajor != 0 ? byMajor : number(other.group(4)) - number(one.group(4));
    }

    private static int stage(Matcher version) {
        return switch (String.valueOf(version.group(3))) {
            case "alpha" -> 0;
            case "beta" -> 1;
            default -> 2;
        };
    }

    private static int number(@org.jspecify.annotations.Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
