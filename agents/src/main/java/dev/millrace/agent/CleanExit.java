package dev.millrace.agent;

/**
 * Lets a process that is told to stop end with exit code 0, as it does what it was asked to: the virtual machine would end with 143 or 130.
 */
public final class CleanExit {
    private final Thread hook;

    private CleanExit(Thread hook) {
        this.hook = hook;
    }

    /** From now on SIGTERM and SIGINT run {@code close}, and then end the process with 0. */
    public static CleanExit onSignal(Runnable close) {
        Thread hook = new Thread(
                () -> {
                    close.run();
                    // The only way to choose the exit code at this point.
                    Runtime.getRuntime().halt(0);
                },
                "clean-exit");
        Runtime.getRuntime().addShutdownHook(hook);
        return new CleanExit(hook);
    }

    /** The process ends of itself: signals mean again what they always do. False = a signal has come already. */
    public boolean cancel() {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
