package dev.millrace.cli.command;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds tasks in the scheduler's state. */
final class KnownTasks {
    private KnownTasks() {}

    /** The scheduler's state as it is now, or at the past moment that is looked at; a failure if no scheduler has ever run there. */
    static ReadModel load(CommandContext context, ClusterOptions cluster) {
        return context.past().map(PastState::model).orElseGet(() -> load(cluster.cluster(context)));
    }

    /** The state of one pool; otherwise as the other. */
    static ReadModel load(CommandContext context, ClusterOptions cluster, String pool) {
        return context.past().map(PastState::model).orElseGet(() -> {
            var config = cluster.cluster(context);
            return existing(ReadModel.of(config, pool), config);
        });
    }

    /** The scheduler's state as it is now; a failure if no scheduler has ever run there. */
    static ReadModel load(ClusterConfig config) {
        return existing(ReadModel.of(config), config);
    }

    private static ReadModel existing(ReadModel model, ClusterConfig config) {
        if (!model.exists()) {
            model.close();
            throw new CommandFailure(
                    "no scheduler has run yet with topics " + config.topics().prefix() + "* at "
                            + config.bootstrapServers() + "; start one: "
                            + config.topics().command("scheduler --state-dir DIR", config.bootstrapServers()));
        }
        return model;
    }

    /** The one task of that id; a failure that says what to do if there is none, or several pools have one. */
    static TaskView one(ReadModel model, @Nullable String pool, String taskId) {
        var found = pool == null
                ? model.tasksOfId(taskId)
                : model.task(pool, taskId).stream().toList();
        if (found.isEmpty()) {
            throw new CommandFailure("no task " + taskId + " is known" + (pool == null ? "" : " in pool " + pool)
                    + " (ended tasks are forgotten after a while); millrace tasks --all lists those that are");
        }
        if (found.size() > 1) {
            throw new CommandFailure("several pools have a task " + taskId + " (" + String.join(", ", pools(found))
                    + "); choose one with --pool");
        }
        return found.get(0);
    }

    private static List<String> pools(List<TaskView> tasks) {
        return tasks.stream().map(TaskView::pool).toList();
    }
}
