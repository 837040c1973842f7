package dev.millrace.agent.process;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/**
 * How soon a thread does again what it does again and again: after its period, or later where that would cost more than a twentieth of the time.
 * What counts is the time that the processor worked for it. While the machine has no processor to spare, or the JVM stands still, the clock goes
 * on, and what was to come soon would come much too late if that counted too. Mutable; owned by that thread.
 */
final class Pace {
    private static final int REST_FACTOR = 20;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private long beginNs;

    /** It is about to be done. */
    void begin() {
        beginNs = THREADS.getCurrentThreadCpuTime();
    }

    /** It is done: how long to wait until it is to be done again, which is that period or longer. */
    Duration rest(Duration period) {
        Duration rest = Duration.ofNanos((THREADS.getCurrentThreadCpuTime() - beginNs) * REST_FACTOR);
        return rest.compareTo(period) > 0 ? rest : period;
    }
}
