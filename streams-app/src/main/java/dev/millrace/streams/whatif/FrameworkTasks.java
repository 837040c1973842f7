package dev.millrace.streams.whatif;

import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.state.SavedTask;

/** Makes ordinary tasks of those that frameworks have launched: a model can't know what a framework would have done with other offers. */
final class FrameworkTasks {
    private static final String SHELL_OF_EXECUTORS_TASKS = "true";

    private FrameworkTasks() {}

    /** The request for such a task: it is restarted by nobody, and needs no executor. */
    static TaskRequest asRequested(TaskRequest request) {
        TaskRequest.Builder ordinary = TaskRequest.newBuilder(request)
                .setExecutor(null)
                .setRestartPolicy(
                        RestartPolicy.newBuilder().setMode(RestartMode.NEVER).build());
        if (request.getShell() == null && request.getArgv().isEmpty()) {
            ordinary.setShell(SHELL_OF_EXECUTORS_TASKS);
        }
        return ordinary.build();
    }

    /** What is stored of such a task, as if it had been requested. */
    static SavedTask asRequested(SavedTask saved) {
        return SavedTask.newBuilder(saved).setFrameworkId("").setExecutorId("").build();
    }
}
