package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.Style;
import dev.millrace.cli.output.Table;
import dev.millrace.cli.output.Words;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskFilter;
import dev.millrace.client.TaskView;
import dev.millrace.contract.TaskState;
import dev.millrace.state.SavedTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists tasks. */
@Command(
        name = "tasks",
        description =
                "Lists the tasks that wait or run, in the order of submission; with --all also those that have ended and are still"
                        + " remembered.",
        footer = {
            "",
            "Examples:",
            "  millrace tasks",
            "  millrace tasks --all licences-          those whose ids begin so",
            "  millrace tasks --state running --agent agent-2",
            "  millrace tasks --framework spark",
            "  millrace tasks --all -o json | jq -r 'select(.exitCode != 0) | .taskId'"
        })
final class TasksCommand implements Callable<Integer> {
    private static final int FRAMEWORK_COLUMN = 1;

    private final CommandContext context;

    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "Only tasks whose ids begin so.")
    private String prefix = "";

    @Option(
            names = {"-a", "--all"},
            description = "Also tasks that have ended.")
    private boolean all;

    @Option(names = "--pool", paramLabel = "POOL", description = "Only tasks of this pool.")
    private String pool = "";

    @Option(names = "--agent", paramLabel = "AGENT", description = "Only tasks on this agent.")
    private String agent = "";

    @Option(names = "--framework", paramLabel = "FRAMEWORK", description = "Only tasks that this framework launched.")
    private String framework = "";

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Only tasks in this state, such as running; repeatable. States that are ends imply --all.")
    private Set<String> states = new TreeSet<>();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    TasksCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var filter = filter();
        try (var model = KnownTasks.load(context, cluster)) {
            var tasks = model.tasks(filter);
            if (output.isJson()) {
                tasks.forEach(task -> context.terminal().out().println(JsonRecords.line(task.task())));
            } else {
                print(model, tasks);
            }
        }
        return ExitCode.OK;
    }

    private TaskFilter filter() {
        var filter = TaskFilter.all()
                .inPool(pool)
                .withIdPrefix(prefix)
                .onAgent(agent)
                .ofFramework(framework);
        if (!states.isEmpty()) {
            var wanted = EnumSet.noneOf(TaskState.class);
            states.forEach(state -> wanted.add(state(state)));
            return filter.inStates(wanted);
        }
        return all ? filter : filter.live();
    }

    private static TaskState state(String text) {
        var name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        try {
            return TaskState.valueOf(name.startsWith("TASK_") ? name : "TASK_" + name);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--state: there is no state '" + text + "'; there are "
                    + String.join(
                            ", ",
                            EnumSet.allOf(TaskState.class).stream()
                                    .map(Words::of)
                                    .toList()));
        }
    }

    private void print(ReadModel model, List<TaskView> tasks) {
        if (tasks.isEmpty()) {
            sayWhyNone(model);
            return;
        }
        var style = context.terminal().style();
        var now = context.now();
        boolean severalPools = tasks.stream().map(TaskView::pool).distinct().count() > 1;
        boolean frameworks =
                tasks.stream().anyMatch(view -> !view.task().getFrameworkId().isEmpty());
        var headings = new ArrayList<>(List.of("TASK", "STATE", "ATTEMPT>", "AGENT", "SINCE", "DETAIL"));
        if (frameworks) {
            headings.add(FRAMEWORK_COLUMN, "FRAMEWORK");
        }
        if (severalPools) {
            headings.add(0, "POOL");
        }
        var table = new Table(headings.toArray(String[]::new));
        for (var view : tasks) {
            var cells = cells(view.task(), style, now);
            if (frameworks) {
                var of = view.task().getFrameworkId();
                cells.add(FRAMEWORK_COLUMN, of.isEmpty() ? "-" : of);
            }
            if (severalPools) {
                cells.add(0, view.pool());
            }
            table.row(cells.toArray(String[]::new));
        }
        table.print(context.terminal().out());
    }

    private static List<String> cells(SavedTask task, Style style, Instant now) {
        return new ArrayList<>(List.of(
                task.getTaskId(),
                style.state(task.getState()),
                Integer.toString(task.getAttempt()),
                task.getAgentId() == null ? "-" : task.getAgentId(),
                since(task, now),
                TaskWords.detail(task)));
    }

    static String since(SavedTask task, Instant now) {
        if (task.getEnded()) {
            return task.getEndedWallMs() == 0 ? "-" : Human.ago(Instant.ofEpochMilli(task.getEndedWallMs()), now);
        }
        boolean runs = task.getState() == TaskState.TASK_RUNNING && task.getStartedWallMs() > 0;
        // What is tried again waits since the attempt before has ended.
        long waits = task.getEndedWallMs() > 0 ? task.getEndedWallMs() : task.getAcceptedWallMs();
        long since = runs ? task.getStartedWallMs() : waits;
        return Human.duration(Duration.between(Instant.ofEpochMilli(since), now));
    }

    private void sayWhyNone(ReadModel model) {
        boolean isNarrowed =
                !prefix.isEmpty() || !pool.isEmpty() || !agent.isEmpty() || !framework.isEmpty() || !states.isEmpty();
        int ended = all || isNarrowed ? 0 : model.tasks(TaskFilter.all()).size();
        context.terminal()
                .err()
                .println(
                        isNarrowed
                                ? "No such task."
                                : ended == 0
                                        ? "No tasks."
                                        : "No task waits or runs; " + ended
                                                + " that ended are remembered (millrace tasks --all).");
    }
}
