package dev.millrace.bench.recovery;

/** Who is killed. */
public enum Victim {
    /** The only scheduler, which is started again at once. */
    SCHEDULER,
    /** The one of two schedulers that decides for the pool; the other takes over. The killed one is started again after that. */
    SCHEDULER_WITH_STANDBY,
    /** The only broker, which is started again at once. */
    BROKER
}
