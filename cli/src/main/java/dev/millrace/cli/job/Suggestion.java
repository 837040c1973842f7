package dev.millrace.cli.job;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses which known word a person meant. */
public final class Suggestion {
    private Suggestion() {}

    /** The known word that is nearest to what was written; empty if none is near. */
    public static Optional<String> forWord(String written, Collection<String> known) {
        var word = bare(written);
        return known.stream()
                .filter(candidate ->
                        distance(word, bare(candidate)) <= tolerance(word) || isAbbreviation(word, bare(candidate)))
                .min(Comparator.comparingInt(candidate -> distance(word, bare(candidate))));
    }

    private static String bare(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    private static int tolerance(String word) {
        return word.length() <= 4 ? 1 : 2;
    }

    /** Tells that one begins with the other, as in mem and memory, environment and env. */
    private static boolean isAbbreviation(String word, String candidate) {
        return Math.min(word.length(), candidate.length()) >= 3
                && (candidate.startsWith(word) || word.startsWith(candidate));
    }

    /** The least number of insertions, deletions and substitutions that turn one word into the other. */
    private static int distance(String a, String b) {
        var previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            var current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substituted, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
