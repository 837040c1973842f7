package dev.millrace.core;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Runs a property with many seeds, and tells how to repeat the one that fails. */
final class Seeds {
    private Seeds() {}

    /**
     * Runs the property once for each of so many seeds, or with {@code millrace.seed} alone.
     *
     * @param countProperty the system property that says how many there are
     */
    static void each(Class<?> test, String countProperty, long count, Consumer<Random> property) {
        Long one = Long.getLong("millrace.seed");
        LongStream seeds =
                one == null ? LongStream.rangeClosed(1, Long.getLong(countProperty, count)) : LongStream.of(one);
        seeds.forEach(seed -> run(test, seed, "", property));
    }

    /** Runs the property with one seed; what more the command needs to repeat it is said by the caller. */
    static void run(Class<?> test, long seed, String moreArguments, Consumer<Random> property) {
        try {
            property.accept(new Random(seed));
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails; repeat with: mvn -pl core -am test -Dtest=" + test.getSimpleName()
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.seed=" + seed + moreArguments,
                    e);
        }
    }
}
