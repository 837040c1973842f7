package dev.millrace.streams.whatif;

import dev.millrace.core.Input;

/**
 * An input that a model takes as it was, or nearly.
 *
 * @param atMs when it was taken, in ms since the epoch; never earlier than the one before
 * @param input the input
 * @param tasksLost of an agent's registration: true = it had lost what it ran, so that it loses what it runs in the model
 */
record Demand(long atMs, Input input, boolean tasksLost) {}
