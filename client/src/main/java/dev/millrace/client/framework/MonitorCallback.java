package dev.millrace.client.framework;

/** Is told from time to time how a framework stands. */
@FunctionalInterface
public interface MonitorCallback {
    /** How it stands now. */
    void monitor(FrameworkReport report);
}
