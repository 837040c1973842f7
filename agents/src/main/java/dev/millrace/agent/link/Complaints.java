package dev.millrace.agent.link;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Keeps one trouble that lasts from filling the log: a complaint is repeated once a minute. Mutable; owned by one thread. */
public final class Complaints {
    private static final long REPEAT_NS = Duration.ofMinutes(1).toNanos();

    private final Logger log;
    private @Nullable String last;
    private long loggedNs;

    /** Complaints in that log. */
    public Complaints(Logger log) {
        this.log = log;
    }

    /** Something did not work and will be tried again. */
    public void about(String trouble, long nowNs) {
        if (!trouble.equals(last) || nowNs - loggedNs >= REPEAT_NS) {
            log.warn("{}; trying again", trouble);
            last = trouble;
            loggedNs = nowNs;
        }
    }

    /** It works. */
    public void over() {
        if (last != null) {
            log.info("No longer: {}", last);
            last = null;
        }
    }
}
