package dev.millrace.cli.job;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Amounts as people write them, read by exact decimal arithmetic. What is not such an amount is refused by an {@link
 * IllegalArgumentException} whose message says what was found and what would be right.
 */
public final class Quantities {
    /** So large that no machine has it, and so small that no sum of a million of them overflows a long. */
    private static final BigDecimal MAX = BigDecimal.valueOf(1_000_000_000_000L);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}(\\.[0-9]{1,9})?");
    private static final int MAX_DURATION_CHARACTERS = 64;
    private static final Pattern DURATION = Pattern.compile("([0-9.]+(ms|s|m|h|d))+");
    private static final Pattern DURATION_PART = Pattern.compile("([0-9.]+)(ms|s|m|h|d)");
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1_000);

    /** A unit of memory or disk space and how many KiB it has. Suffixes of one letter stand for powers of 1024 here, as in -Xmx512M. */
    private record SpaceUnit(String suffix, long kib) {}

    private static final List<SpaceUnit> SPACE_UNITS = List.of(
            new SpaceUnit("KiB", 1),
            new SpaceUnit("MiB", 1L << 10),
            new SpaceUnit("GiB", 1L << 20),
            new SpaceUnit("TiB", 1L << 30),
            new SpaceUnit("K", 1),
            new SpaceUnit("M", 1L << 10),
            new SpaceUnit("G", 1L << 20),
            new SpaceUnit("T", 1L << 30));

    private Quantities() {}

    /** An amount in thousandths: {@code 2}, {@code 0.5} or {@code 500m}. */
    public static long milli(String text) {
        boolean inThousandths = text.endsWith("m");
        var digits = inThousandths ? text.substring(0, text.length() - 1) : text;
        if (!NUMBER.matcher(digits).matches() || (inThousandths && digits.contains("."))) {
            throw new IllegalArgumentException("'" + text + "' is no amount; write 2, 0.5 or 500m");
        }
        var milli = inThousandths ? new BigDecimal(digits) : new BigDecimal(digits).multiply(THOUSAND);
        if (milli.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("'" + text + "' is finer than a thousandth");
        }
        return inRange(text, milli);
    }

    /** A part of a whole in thousandths: {@code 70%}, {@code 12.5%}. */
    public static int shareMilli(String text) {
        var digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : "";
        if (!NUMBER.matcher(digits).matches()) {
            throw new IllegalArgumentException("'" + text + "' is no share; write 70% or 12.5%");
        }
        var milli = new BigDecimal(digits).movePointRight(1);
        if (milli.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("'" + text + "' is finer than a tenth of a percent");
        }
        if (milli.compareTo(THOUSAND) > 0) {
            throw new IllegalArgumentException("'" + text + "' is more than 100%");
        }
        return milli.intValueExact();
    }

    /** Memory or disk space in MiB, rounded up: {@code 64MiB}, {@code 1.5GiB}, {@code 512M}. */
    public static long mib(String text) {
        for (var unit : SPACE_UNITS) {
            if (text.endsWith(unit.suffix())) {
                var number = text.substring(0, text.length() - unit.suffix().length());
                if (NUMBER.matcher(number).matches()) {
                    var kib = new BigDecimal(number).multiply(BigDecimal.valueOf(unit.kib()));
                    return inRange(text, kib.divide(BigDecimal.valueOf(1L << 10), 0, RoundingMode.CEILING));
                }
            }
        }
        if (NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' has no unit; write " + text + "MiB or " + text + "GiB");
        }
        throw new IllegalArgumentException("'" + text + "' is no size; write 64MiB or 1.5GiB"
                + " (units: KiB, MiB, GiB, TiB, or K, M, G, T for the same)");
    }

    /** A length of time in ms: {@code 500ms}, {@code 1.5s}, {@code 10m}, {@code 1h30m}, {@code 2d}; 0 needs no unit. */
    public static long millis(String text) {
        if (text.equals("0")) {
            return 0;
        }
        if (NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no unit; write " + text + "s, " + text + "m or " + text + "h");
        }
        if (text.length() > MAX_DURATION_CHARACTERS || !DURATION.matcher(text).matches()) {
            throw noDuration(text);
        }
        var sum = BigDecimal.ZERO;
        var parts = DURATION_PART.matcher(text);
        while (parts.find()) {
            if (!NUMBER.matcher(parts.group(1)).matches()) {
                throw noDuration(text);
            }
            sum = sum.add(new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unitMillis(parts.group(2)))));
        }
        if (sum.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("'" + text + "' is finer than a millisecond");
        }
        return inRange(text, sum);
    }

    /** A time: {@code 2026-03-01T08:00:00Z}, or {@code +10m} for so long after {@code now}. */
    public static Instant time(String text, Instant now) {
        if (text.startsWith("+")) {
            return now.plusMillis(millis(text.substring(1)));
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + text
                            + "' is no time; write 2026-03-01T08:00:00Z, or +10m for ten minutes after the submission",
                    e);
        }
    }

    /** A past time: {@code 2026-03-01T08:00:00Z}, or {@code 10m} for so long before {@code now}. */
    public static Instant past(String text, Instant now) {
        if (DURATION.matcher(text).matches()) {
            return now.minusMillis(millis(text));
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no time; write 2026-03-01T08:00:00Z, or 10m for ten minutes ago", e);
        }
    }

    private static IllegalArgumentException noDuration(String text) {
        return new IllegalArgumentException("'" + text + "' is no duration; write 500ms, 1.5s, 10m, 1h30m or 2d");
    }

    private static long unitMillis(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> Duration.ofSeconds(1).toMillis();
            case "m" -> Duration.ofMinutes(1).toMillis();
            case "h" -> Duration.ofHours(1).toMillis();
            case "d" -> Duration.ofDays(1).toMillis();
            default -> throw new IllegalArgumentException("unknown unit " + unit);
        };
    }

    private static long inRange(String text, BigDecimal amount) {
        if (amount.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("'" + text + "' is too large");
        }
        return amount.longValueExact();
    }
}
