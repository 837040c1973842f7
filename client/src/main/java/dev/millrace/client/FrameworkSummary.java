package dev.millrace.client;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedOffer;
import java.util.List;

/**
 * A framework and what it has.
 *
 * @param framework the framework
 * @param tasks how many tasks of it have not ended
 * @param occupied what those that are on agents occupy, and its executors beside them
 * @param offers the offers that are out to it, the oldest first
 * @param executors its executors, by agent and id
 * @param filters what is not offered to it, by agent and role
 */
public record FrameworkSummary(
        SavedFramework framework,
        int tasks,
        Resources occupied,
        List<SavedOffer> offers,
        List<SavedExecutor> executors,
        List<SavedFilter> filters) {}
