package dev.millrace.agent.sim;

import java.util.random.RandomGenerator;

/** How long simulated tasks run. */
public sealed interface RunTime {

    /** Draws one task's run time in ms. */
    long drawMs(RandomGenerator random);

    /** All tasks run equally long. */
    record Fixed(long ms) implements RunTime {
        /** Refuses negative times. */
        public Fixed {
            requireOrder(0, ms);
        }

        @Override
        public long drawMs(RandomGenerator random) {
            return ms;
        }
    }

    /** Each time from {@code leastMs} to {@code mostMs} is as likely as another. */
    record Uniform(long leastMs, long mostMs) implements RunTime {
        /** Refuses negative times and a range that ends before it begins. */
        public Uniform {
            requireOrder(0, leastMs);
            requireOrder(leastMs, mostMs);
        }

        @Override
        public long drawMs(RandomGenerator random) {
            return random.nextLong(leastMs, mostMs + 1);
        }
    }

    /** Short times are likely and long ones rare, as with jobs of people. */
    record Exponential(long meanMs) implements RunTime {
        /** Refuses negative times. */
        public Exponential {
            requireOrder(0, meanMs);
        }

        @Override
        public long drawMs(RandomGenerator random) {
            return Math.round(-Math.log(1 - random.nextDouble()) * meanMs);
        }
    }

    /**
     * Reads {@code 100ms} (fixed), {@code uniform:50ms-2s} or {@code exponential:1s}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static RunTime parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "fixed" : text.substring(0, colon);
        String value = text.substring(colon + 1);
        return switch (kind) {
            case "fixed" -> new Fixed(Durations.parse(value).toMillis());
            case "exponential" -> new Exponential(Durations.parse(value).toMillis());
            case "uniform" -> {
                int hyphen = value.indexOf('-');
                if (hyphen < 0) {
                    throw new IllegalArgumentException("'" + text + "' lacks its end: write uniform:50ms-2s");
                }
                yield new Uniform(
                        Durations.parse(value.substring(0, hyphen)).toMillis(),
                        Durations.parse(value.substring(hyphen + 1)).toMillis());
            }
            default ->
                throw new IllegalArgumentException(
                        "'" + text + "' is not a run time: write 100ms, uniform:50ms-2s or exponential:1s");
        };
    }

    private static void requireOrder(long least, long most) {
        if (most < least) {
            throw new IllegalArgumentException("a run time of " + most + " ms must be at least " + least + " ms");
        }
    }
}
