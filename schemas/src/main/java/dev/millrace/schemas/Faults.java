package dev.millrace.schemas;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with one record, each fault as the field, its value and the rule it breaks, such as
 * {@code priority is 900: must be 0 to 100}. Mutable; lives as long as one validation.
 */
final class Faults {
    /** Ranges of times: from 1970 to the end of the year 9999, so that no sum of a time and a duration overflows. */
    private static final long MAX_TIME_MS = 253_402_300_799_999L;

    /** More faults than these help nobody, and somebody else pays for them. */
    private static final int MAX_FAULTS = 100;

    private static final int MAX_QUOTED_CHARACTERS = 64;

    private List<String> faults = List.of();

    /** All that was found, in the order of the fields. */
    List<String> list() {
        return faults;
    }

    void add(String fault) {
        if (faults.isEmpty()) {
            faults = new ArrayList<>();
        }
        if (faults.size() < MAX_FAULTS) {
            faults.add(fault);
        } else if (faults.size() == MAX_FAULTS) {
            faults.add("and more");
        }
    }

    void add(String field, Object value, String rule) {
        add(field + " is " + value + ": " + rule);
    }

    void range(String field, long value, long min, long max) {
        if (value < min || value > max) {
            add(field, value, "must be " + min + " to " + max);
        }
    }

    void range(String field, @Nullable Long value, long min, long max) {
        if (value != null) {
            range(field, value.longValue(), min, max);
        }
    }

    void range(String field, @Nullable Integer value, long min, long max) {
        if (value != null) {
            range(field, value.longValue(), min, max);
        }
    }

    void time(String field, @Nullable Instant value) {
        if (value != null && (value.isBefore(Instant.EPOCH) || value.toEpochMilli() > MAX_TIME_MS)) {
            add(field, value, "must be from 1970 to 9999");
        }
    }

    void size(String field, List<?> values, int max) {
        if (values.size() > max) {
            add(field + " has " + values.size() + " entries: may have at most " + max);
        }
    }

    /** Text on one line. */
    void line(String field, String value, int min, int max) {
        text(field, value, min, max);
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                add(field, quoted(value), "must not contain control characters");
                return;
            }
        }
    }

    /** Text of any number of lines. */
    void text(String field, String value, int min, int max) {
        if (value.length() < min || value.length() > max) {
            String rule = min == 0
                    ? "may have at most " + max + " characters"
                    : "must have " + min + " to " + max + " characters";
            add(field + " has " + value.length() + " characters: " + rule);
        }
    }

    /** Text that becomes part of a process: an argument or an environment variable. */
    void processText(String field, String value, int max) {
        text(field, value, 0, max);
        if (value.indexOf('\0') >= 0) {
            add(field, quoted(value), "must not contain the character NUL");
        }
    }

    /** A port; null where {@code needed} is false. */
    void port(String field, @Nullable Integer value, boolean needed) {
        if (needed && value == null) {
            add(field + " is missing: must be 1 to 65535");
        } else if (!needed && value != null) {
            add(field, value, "must not be given for this type");
        } else {
            range(field, value, 1, 65_535);
        }
    }

    /** Finds fault with the first entry whose key does not come after the one before it, in the order of UTF-16 code units. */
    <T> void sorted(String field, List<T> values, String keyName, Function<T, String> key) {
        for (int i = 1; i < values.size(); i++) {
            String before = key.apply(values.get(i - 1));
            String here = key.apply(values.get(i));
            int order = before.compareTo(here);
            if (order == 0) {
                add(field + "[" + i + "]." + keyName, quoted(here), "must not be there twice");
                return;
            } else if (order > 0) {
                add(
                        field + "[" + i + "]." + keyName,
                        quoted(here),
                        "must come after " + quoted(before) + ", because " + field + " are sorted by " + keyName);
                return;
            }
        }
    }

    /** A value in quotes, shortened if it is long, without control characters. */
    static String quoted(String value) {
        StringBuilder text = new StringBuilder().append('"');
        int length = Math.min(value.length(), MAX_QUOTED_CHARACTERS);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            text.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return text.append(value.length() > length ? "…\"" : "\"").toString();
    }
}
