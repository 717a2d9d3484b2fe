package io.fairlead.node;

import java.math.BigDecimal;
import java.util.Map;

/// Reads Kubernetes' quantities: `100m`, `64Mi`, `1e3`, `2`.
final class Amount {
    private static final Map<String, BigDecimal> UNITS =
            Map.ofEntries(
                    Map.entry("n", new BigDecimal("1e-9")),
                    Map.entry("u", new BigDecimal("1e-6")),
                    Map.entry("m", new BigDecimal("1e-3")),
                    Map.entry("", BigDecimal.ONE),
                    Map.entry("k", new BigDecimal("1e3")),
                    Map.entry("M", new BigDecimal("1e6")),
                    Map.entry("G", new BigDecimal("1e9")),
                    Map.entry("T", new BigDecimal("1e12")),
                    Map.entry("P", new BigDecimal("1e15")),
                    Map.entry("E", new BigDecimal("1e18")),
                    Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
                    Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
                    Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
                    Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
                    Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
                    Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

    private Amount() {}

    /// Zero where the text is none; the API server has judged it before.
    static BigDecimal of(String quantity) {
        int end = quantity.length();
        while (end > 0
                && !Character.isDigit(quantity.charAt(end - 1))
                && quantity.charAt(end - 1) != '.') {
            end--;
        }
        BigDecimal unit = UNITS.get(quantity.substring(end));
        if (unit == null || end == 0) {
            return BigDecimal.ZERO;
        }
        try {
            return new BigDecimal(quantity.substring(0, end)).multiply(unit);
        } catch (NumberFormatException e) {
            return BigDecimal.ZERO;
        }
    }

    static long bytes(String quantity) {
        return of(quantity).longValue();
    }

    static long milli(String quantity) {
        return of(quantity).movePointRight(3).longValue();
    }
}
