package dev.millrace.agent;

import java.math.BigDecimal;
import java.util.Optional;

/** Amounts as people write them, read by exact arithmetic. What is none is refused by an {@link IllegalArgumentException} that says why. */
final class AmountText {
    private AmountText() {}

    /** An amount in thousandths, such as 2.5. */
    static long milli(String value) {
        return whole(number(value, value).movePointRight(3), value, "at most three decimal places");
    }

    /** Memory or disk space in MiB, such as 1.5GiB. */
    static long mebibytes(String value) {
        int unitBegins = value.length();
        while (unitBegins > 0 && Character.isLetter(value.charAt(unitBegins - 1))) {
            unitBegins--;
        }
        String unit = value.substring(unitBegins);
        long factor = mibPer(unit)
                .orElseThrow(() -> new IllegalArgumentException("the unit must be MiB, GiB or TiB, as in 512MiB"));
        BigDecimal number = number(value.substring(0, unitBegins).trim(), value);
        return whole(number.multiply(BigDecimal.valueOf(factor)), value, "a whole number of MiB");
    }

    private static Optional<Long> mibPer(String unit) {
        return switch (unit) {
            case "MiB" -> Optional.of(1L);
            case "GiB" -> Optional.of(1L << 10);
            case "TiB" -> Optional.of(1L << 20);
            default -> Optional.empty();
        };
    }

    private static BigDecimal number(String digits, String value) {
        // The length is bounded because the cost of exact arithmetic is not.
        if (digits.length() > 20 || digits.contains("e") || digits.contains("E")) {
            throw new IllegalArgumentException("'" + value + "' is not a plain number");
        }
        BigDecimal number;
        try {
            number = new BigDecimal(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + value + "' is not a number", e);
        }
        if (number.signum() < 0) {
            throw new IllegalArgumentException("it must not be negative");
        }
        return number;
    }

    private static long whole(BigDecimal number, String value, String rule) {
        try {
            return number.longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + value + "' must be " + rule, e);
        }
    }
}
