package dev.millrace.agent.sim;

import java.time.Duration;

/** Spans of time as people write them: {@code 250ms}, {@code 30s}, {@code 10m}, {@code 2h}. */
final class Durations {
    private static final int MAX_DIGITS = 9;

    private Durations() {}

    /**
     * The span that a text names.
     *
     * @throws IllegalArgumentException if it names none
     */
    static Duration parse(String text) {
        int unitBegins = 0;
        while (unitBegins < text.length() && Character.digit(text.charAt(unitBegins), 10) >= 0) {
            unitBegins++;
        }
        if (unitBegins == 0 || unitBegins > MAX_DIGITS) {
            throw notOne(text);
        }
        long number = Long.parseLong(text.substring(0, unitBegins));
        return switch (text.substring(unitBegins)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> throw notOne(text);
        };
    }

    private static IllegalArgumentException notOne(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not a time: write a whole number and ms, s, m or h, as in 250ms");
    }
}
