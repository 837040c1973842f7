package dev.millrace.cli.doctor;

import dev.millrace.cli.output.Human;
import java.time.Duration;
import java.util.List;

/** Parts of sentences. */
final class Words {
    private static final int LISTED = 3;

    private Words() {}

    /** One of something, or several. */
    static String count(long count, String thing) {
        return count + " " + thing + (count == 1 ? "" : "s");
    }

    /** The first few of a list, and how many more there are. */
    static String some(List<String> all) {
        String listed = String.join(", ", all.subList(0, Math.min(LISTED, all.size())));
        return all.size() <= LISTED ? listed : listed + " and " + (all.size() - LISTED) + " more";
    }

    static String length(long millis) {
        return millis % 1000 == 0 && millis < 60_000 ? millis / 1000 + "s" : Human.duration(Duration.ofMillis(millis));
    }
}
