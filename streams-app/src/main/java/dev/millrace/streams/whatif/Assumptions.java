package dev.millrace.streams.whatif;

import dev.millrace.schemas.Store;
import dev.millrace.state.SavedTask;
import java.util.ArrayList;
import java.util.List;

/** Says what a model takes for granted, so that its figures are taken for no more than they are. */
final class Assumptions {
    private Assumptions() {}

    static List<String> of(Recording recording, Circumstances circumstances) {
        List<String> assumptions = new ArrayList<>();
        assumptions.add(
                "An attempt takes as long to start and to run as it was seen to, whatever agent it is on; one that was not seen"
                        + " to end runs beyond the end of the period.");
        int cutShort = recording.runs().cutShort();
        if (cutShort > 0) {
            assumptions.add(tasks(cutShort)
                    + " gave way or went with an agent, and never ran to an end: the run is taken to be as long as the"
                    + " median run of the role, and no shorter than it was.");
        }
        assumptions.add(
                "Tasks are requested and killed when they were, however long they wait or run in the model; what other tasks"
                        + " would have asked for in consequence is not known.");
        assumptions.add(
                "Agents register, fall silent, come back and lose their tasks when they did; a kill takes the median of the kills"
                        + " that were seen.");
        long atBeginning = recording.start().of(Store.TASKS).stream()
                .filter(saved -> !((SavedTask) saved).getEnded())
                .count();
        if (atBeginning > 0) {
            assumptions.add(tasks(atBeginning)
                    + " waited or ran at the beginning of the period and go on from there; what they waited before"
                    + " counts.");
        }
        if (recording.frameworkTasks() > 0) {
            assumptions.add(tasks(recording.frameworkTasks())
                    + " were launched by frameworks. In the model they are requested when they were launched, are charged to the same"
                    + " roles and may run anywhere; offers, executors and their resources are left out.");
        }
        if (!circumstances.addedAgents().isEmpty()) {
            assumptions.add("Agents that are added are there all the time and never fail.");
        }
        if (!circumstances.removedAgents().isEmpty()) {
            assumptions.add(
                    "Agents that are removed and were there at the beginning are removed then: what ran there ends as"
                            + " TASK_GONE_BY_OPERATOR, and the restart policies decide.");
        }
        if (circumstances.settings() != null || !circumstances.roles().isEmpty()) {
            assumptions.add(
                    "What is changed of the pool and of roles holds from the beginning to the end; commands that would have undone"
                            + " it are left out.");
        }
        return assumptions;
    }

    private static String tasks(long count) {
        return count == 1 ? "1 task" : count + " tasks";
    }
}
