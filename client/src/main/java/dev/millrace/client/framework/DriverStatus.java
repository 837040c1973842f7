package dev.millrace.client.framework;

/** Where a driver stands; the names are Mesos'. */
public enum DriverStatus {
    /** {@code start} was not called yet. */
    DRIVER_NOT_STARTED,
    /** It calls back, and makes calls. */
    DRIVER_RUNNING,
    /** It was aborted, or what it met with was fatal: another process of the framework has taken over, or the framework is over. */
    DRIVER_ABORTED,
    /** It was stopped. */
    DRIVER_STOPPED
}
