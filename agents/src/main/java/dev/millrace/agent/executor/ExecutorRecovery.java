package dev.millrace.agent.executor;

import dev.millrace.agent.process.AttemptId;
import dev.millrace.contract.ExecutorTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.UpdateAcknowledged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What journals say of executors, and what is to be written into a journal so that it says the same. */
final class ExecutorRecovery {
    private static final Logger log = LoggerFactory.getLogger(ExecutorRecovery.class);

    private ExecutorRecovery() {}

    /** All runs that have a journal, the latest first: of several of one executor only that one can live. */
    static List<ExecutorRun> read(ExecutorFiles files) throws IOException {
        List<ExecutorRun> runs = new ArrayList<>();
        for (String id : files.runs()) {
            Optional<ExecutorRun> run = read(files, id);
            if (run.isPresent()) {
                runs.add(run.get());
            } else {
                files.remove(id);
            }
        }
        runs.sort(Comparator.comparing((ExecutorRun run) -> run.launch.getPlacedAt())
                .reversed());
        return runs;
    }

    /** One run; empty if its journal did not get to the disk, for then there never was a process. */
    private static Optional<ExecutorRun> read(ExecutorFiles files, String id) throws IOException {
        ExecutorJournal.Opened opened = ExecutorJournal.open(files.journal(id));
        opened.cut()
                .ifPresent(why -> log.error(
                        "the journal of executor {} goes on with what this version can't read, and is kept as {}; the executor is ended: {}",
                        id,
                        ExecutorJournal.aside(files.journal(id)),
                        why));
        List<SpecificRecord> records = opened.records();
        if (records.isEmpty() || !(records.get(0) instanceof LaunchTask launch)) {
            log.warn("the journal of executor {} has no beginning, and is not gone on with", id);
            opened.journal().close();
            return Optional.empty();
        }
        ExecutorRun run = new ExecutorRun(id, launch);
        run.journal = opened.journal();
        records.subList(1, records.size()).forEach(record -> apply(run, record));
        if (opened.cut().isPresent() && !run.stopOrdered) {
            // It may have tasks of which this agent knows nothing.
            run.stopOrdered = true;
            opened.journal().append(stop(run, "its journal could not be read"));
        }
        return Optional.of(run);
    }

    private static void apply(ExecutorRun run, SpecificRecord record) {
        if (record instanceof LaunchTask launch) {
            handedOver(run, launch);
        } else if (record instanceof LaunchTaskGroup group) {
            group.getTasks().forEach(launch -> handedOver(run, launch));
        } else if (record instanceof TaskReport report) {
            task(run, report.getTaskId(), report.getAttempt()).ifPresent(task -> task.apply(report));
        } else if (record instanceof UpdateAcknowledged acknowledged) {
            task(run, acknowledged.getTaskId(), acknowledged.getAttempt())
                    .ifPresent(task -> acknowledged(run, task, acknowledged.getSequence()));
        } else if (record instanceof RegisterExecutor registration) {
            run.wasRegistered = true;
            run.hadTasks |= !registration.getTasks().isEmpty();
        } else if (record instanceof StopExecutor) {
            run.stopOrdered = true;
        }
    }

    private static void handedOver(ExecutorRun run, LaunchTask launch) {
        HeldTask task = new HeldTask(AttemptId.of(launch), launch);
        task.run = run;
        task.handedOver = true;
        run.hadTasks = true;
        run.tasks.put(task.id, task);
    }

    private static Optional<HeldTask> task(ExecutorRun run, String taskId, int attempt) {
        return Optional.ofNullable(run.tasks.get(new AttemptId(taskId, attempt)));
    }

    private static void acknowledged(ExecutorRun run, HeldTask task, long sequence) {
        List.copyOf(task.unacknowledged).stream()
                .filter(report -> report.getReportSequence() == sequence)
                .forEach(task::isNewsThatSafe);
        if (task.ended && task.unacknowledged.isEmpty()) {
            run.tasks.remove(task.id);
        }
    }

    /** That a report is safe in Kafka. */
    static UpdateAcknowledged acknowledgement(TaskReport report) {
        return new UpdateAcknowledged(report.getTaskId(), report.getAttempt(), report.getReportSequence());
    }

    /** What is registered for good: all but what the executor says at one registration. It lists the attempt that the run is named after if it had tasks. */
    static RegisterExecutor registration(ExecutorRun run) {
        return RegisterExecutor.newBuilder()
                .setFrameworkId(run.key.frameworkId())
                .setExecutorId(run.key.executorId())
                .setToken("")
                .setTasks(
                        run.hadTasks
                                ? List.of(new ExecutorTask(run.process.taskId(), run.process.attempt()))
                                : List.of())
                .build();
    }

    /** That the agent itself ends an executor. */
    static StopExecutor stop(ExecutorRun run, String why) {
        return StopExecutor.newBuilder()
                .setPool(run.launch.getRequest().getPool())
                .setAgentId(run.launch.getAgentId())
                .setIncarnation(run.launch.getIncarnation())
                .setFrameworkId(run.key.frameworkId())
                .setExecutorId(run.key.executorId())
                .setMessage(why)
                .build();
    }

    /** The shortest journal of a run. */
    static List<SpecificRecord> records(ExecutorRun run) {
        List<SpecificRecord> records = new ArrayList<>();
        records.add(run.launch);
        if (run.wasRegistered) {
            records.add(registration(run));
        }
        for (HeldTask task : run.tasks.values()) {
            if (task.handedOver) {
                records.add(task.launch);
                reports(task, records);
            }
        }
        if (run.stopOrdered) {
            records.add(stop(run, "it was to stop before"));
        }
        return records;
    }

    /** The reports that are not acknowledged, and the last, which says how far the task has come. */
    private static void reports(HeldTask task, List<SpecificRecord> records) {
        records.addAll(task.unacknowledged);
        TaskReport last = task.last;
        if (last != null && !task.unacknowledged.contains(last)) {
            records.add(last);
            records.add(acknowledgement(last));
        }
    }
}
