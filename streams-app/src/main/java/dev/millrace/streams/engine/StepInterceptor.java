package dev.millrace.streams.engine;

import dev.millrace.core.Input;

/** Sees each input just before the core does. Tests use it to make a step fail; production has {@link #NONE}. */
@FunctionalInterface
public interface StepInterceptor {
    /** Does nothing. */
    StepInterceptor NONE = input -> {};

    /** Called on the thread that drives the engine. What it throws counts as thrown by the core. */
    void before(Input input);
}
