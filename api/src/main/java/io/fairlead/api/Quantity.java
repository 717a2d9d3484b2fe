package io.fairlead.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/// An amount with a suffix, such as `100m`, `1.5Gi` or `2e3`. Two quantities are equal when their amounts are.
public final class Quantity implements Comparable<Quantity> {
    public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Form.DECIMAL);

    private static final String MALFORMED =
            "quantities must match the regular expression"
                    + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    private static final String[] BINARY = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    private static final String[] DECIMAL = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
    private static final BigInteger KIBI = BigInteger.valueOf(1024);

    private final BigDecimal amount;
    private final Form form;

    /// Which suffixes a quantity was written with, and so is printed with.
    private enum Form {
        DECIMAL,
        BINARY,
        EXPONENT
    }

    private Quantity(BigDecimal amount, Form form) {
        this.amount = amount;
        this.form = form;
    }

    public static Quantity of(long amount) {
        return new Quantity(BigDecimal.valueOf(amount), Form.DECIMAL);
    }

    /// @throws IllegalArgumentException with Kubernetes' sentence when the text is no quantity
    public static Quantity parse(String text) {
        Quantity quantity = parseOrNull(text);
        if (quantity == null) {
            throw new IllegalArgumentException(MALFORMED);
        }
        return quantity;
    }

    /// The quantity that a string or number says; zero where there is none or it cannot be read.
    public static Quantity of(@Nullable Json value) {
        Quantity quantity =
                switch (value) {
                    case JsonString string -> parseOrNull(string.value());
                    case JsonNumber number -> parseOrNull(number.toString());
                    case null, default -> null;
                };
        return quantity == null ? ZERO : quantity;
    }

    /// Null when the text is no quantity.
    public static @Nullable Quantity parseOrNull(String text) {
        int end = 0;
        while (end < text.length() && isNumberPart(text.charAt(end), end)) {
            end++;
        }
        String number = text.substring(0, end);
        boolean digits = number.chars().anyMatch(c -> c >= '0' && c <= '9');
        if (!digits || number.indexOf('.') != number.lastIndexOf('.') || number.length() > 60) {
            return null;
        }
        return withSuffix(new BigDecimal(trimPoint(number)), text.substring(end));
    }

    /// The amount itself, without a suffix.
    public BigDecimal exact() {
        return amount;
    }

    public boolean isZero() {
        return amount.signum() == 0;
    }

    public int sign() {
        return amount.signum();
    }

    public Quantity plus(Quantity other) {
        return new Quantity(amount.add(other.amount), isZero() ? other.form : form);
    }

    public Quantity minus(Quantity other) {
        return new Quantity(amount.subtract(other.amount), isZero() ? other.form : form);
    }

    /// The amount in whole units, rounded up.
    public long value() {
        return amount.setScale(0, RoundingMode.CEILING).longValue();
    }

    /// The amount in thousandths, rounded up.
    public long milliValue() {
        return amount.movePointRight(3).setScale(0, RoundingMode.CEILING).longValue();
    }

    @Override
    public int compareTo(Quantity other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Quantity quantity && compareTo(quantity) == 0;
    }

    @Override
    public int hashCode() {
        return amount.stripTrailingZeros().hashCode();
    }

    /// The canonical text: the largest suffix that leaves no fraction.
    @Override
    public String toString() {
        if (amount.signum() == 0) {
            return "0";
        }
        BigDecimal exact = amount.setScale(9, RoundingMode.UP);
        boolean small = exact.abs().compareTo(new BigDecimal(KIBI)) < 0;
        return form == Form.BINARY && !small ? binary(exact) : decimal(exact);
    }

    private static String binary(BigDecimal exact) {
        BigInteger whole = exact.setScale(0, RoundingMode.UP).toBigInteger();
        int power = 0;
        while (power < BINARY.length - 1 && whole.mod(KIBI).signum() == 0) {
            whole = whole.divide(KIBI);
            power++;
        }
        return whole + BINARY[power];
    }

    private String decimal(BigDecimal exact) {
        BigInteger nanos = exact.movePointRight(9).toBigInteger();
        BigInteger thousand = BigInteger.valueOf(1000);
        int power = 0;
        while (power < DECIMAL.length - 1 && nanos.mod(thousand).signum() == 0) {
            nanos = nanos.divide(thousand);
            power++;
        }
        if (form == Form.EXPONENT) {
            int exponent = power * 3 - 9;
            return exponent == 0 ? nanos.toString() : nanos + "e" + exponent;
        }
        return nanos + DECIMAL[power];
    }

    private static @Nullable Quantity withSuffix(BigDecimal number, String suffix) {
        for (int i = 0; i < DECIMAL.length; i++) {
            if (DECIMAL[i].equals(suffix)) {
                return new Quantity(number.scaleByPowerOfTen(i * 3 - 9), Form.DECIMAL);
            }
        }
        for (int i = 1; i < BINARY.length; i++) {
            if (BINARY[i].equals(suffix)) {
                BigDecimal factor = new BigDecimal(KIBI.pow(i));
                return new Quantity(number.multiply(factor), Form.BINARY);
            }
        }
        if (suffix.startsWith("e") || suffix.startsWith("E")) {
            try {
                int exponent = Integer.parseInt(suffix.substring(1));
                return Math.abs(exponent) > 30
                        ? null
                        : new Quantity(number.scaleByPowerOfTen(exponent), Form.EXPONENT);
            } catch (NumberFormatException e) {
                return null;
            }
        }
        return null;
    }

    private static boolean isNumberPart(char c, int position) {
        return (c >= '0' && c <= '9') || c == '.' || (position == 0 && (c == '+' || c == '-'));
    }

    private static String trimPoint(String number) {
        return number.endsWith(".") ? number.substring(0, number.length() - 1) : number;
    }
}
