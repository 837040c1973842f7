package dev.millrace.schemas;

/**
 * Estimates how large a program an RE2 regular expression becomes, without compiling it: counted repetitions are written out, one in the
 * other, so thirty characters can ask for gigabytes. Expressions that are none get a size too; the compiler says what is wrong with them,
 * and does so before it writes anything out.
 */
final class RegexSize {
    /** Beyond this nothing is told apart; also what keeps the arithmetic from overflowing. */
    private static final long MOST = 1_000_000_000L;

    private final String pattern;
    private int at;

    private RegexSize(String pattern) {
        this.pattern = pattern;
    }

    /** About how many instructions the expression takes; at most 1,000,000,000. */
    static long of(String pattern) {
        RegexSize reader = new RegexSize(pattern);
        long size = reader.alternatives();
        while (reader.at < pattern.length()) {
            // A parenthesis too many.
            reader.at++;
            size = sum(size, reader.alternatives());
        }
        return size;
    }

    /** Reads up to the end or a closing parenthesis. */
    private long alternatives() {
        long size = 1;
        long atom = 0;
        while (at < pattern.length() && pattern.charAt(at) != ')') {
            char c = pattern.charAt(at);
            long repeated = c == '{' ? repetition() : 0;
            if (repeated > 0) {
                size = sum(size - atom, product(atom, repeated));
                atom = product(atom, repeated);
                continue;
            }
            at++;
            atom = switch (c) {
                case '(' -> group();
                case '[' -> characterClass();
                case '\\' -> escape();
                default -> 1;
            };
            size = sum(size, atom);
        }
        return size;
    }

    private long group() {
        long inside = alternatives();
        if (at < pattern.length()) {
            at++;
        }
        return sum(inside, 2);
    }

    private long characterClass() {
        // A bracket that comes first stands for itself.
        int first = at < pattern.length() && pattern.charAt(at) == '^' ? at + 1 : at;
        at = first;
        while (at < pattern.length() && (pattern.charAt(at) != ']' || at == first)) {
            if (pattern.startsWith("[:", at) && pattern.indexOf(":]", at) > 0) {
                at = pattern.indexOf(":]", at) + 2;
            } else {
                at += pattern.charAt(at) == '\\' ? 2 : 1;
            }
        }
        at = Math.min(at + 1, pattern.length());
        return 1;
    }

    private long escape() {
        if (at >= pattern.length()) {
            return 1;
        }
        char escaped = pattern.charAt(at++);
        if (escaped == 'Q') {
            int end = pattern.indexOf("\\E", at);
            long quoted = (end < 0 ? pattern.length() : end) - (long) at;
            at = end < 0 ? pattern.length() : end + 2;
            return quoted;
        }
        boolean named = escaped == 'p' || escaped == 'P' || escaped == 'x';
        if (named && at < pattern.length() && pattern.charAt(at) == '{') {
            int end = pattern.indexOf('}', at);
            at = end < 0 ? pattern.length() : end + 1;
        }
        return 1;
    }

    /** Reads {n}, {n,} or {n,m}, and says how often that is written out; 0 = it is none of these, and stands for itself. */
    private long repetition() {
        int end = pattern.indexOf('}', at);
        if (end < 0) {
            return 0;
        }
        String[] bounds = pattern.substring(at + 1, end).split(",", -1);
        boolean open = bounds.length == 2 && bounds[1].isEmpty();
        if (bounds.length > 2 || number(bounds[0]) < 0 || (bounds.length == 2 && !open && number(bounds[1]) < 0)) {
            return 0;
        }
        at = end + 1;
        return Math.max(1, open ? number(bounds[0]) + 1 : number(bounds[bounds.length - 1]));
    }

    private static long number(String digits) {
        if (digits.isEmpty() || digits.length() > 9) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < digits.length(); i++) {
            if (!Ascii.isDigit(digits.charAt(i))) {
                return -1;
            }
            number = number * 10 + digits.charAt(i) - '0';
        }
        return number;
    }

    private static long sum(long a, long b) {
        return Math.min(MOST, a + b);
    }

    private static long product(long a, long b) {
        return Math.min(MOST, a * b);
    }
}
