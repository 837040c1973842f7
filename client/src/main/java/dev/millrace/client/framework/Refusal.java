package dev.millrace.client.framework;

import java.time.Duration;

/** For how long what is given back is not offered again. */
final class Refusal {
    /** If nothing else is said; Mesos' own. */
    static final Duration DEFAULT = Duration.ofSeconds(5);

    private Refusal() {}
}
