package dev.millrace.schemas;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules of what agents send. */
final class AgentRules {
    static final int MAX_TASKS = 2_000;
    static final int MAX_PARTITION = 1_000_000;
    /** As many as the value of a constraint may have; what a regular expression takes grows with it. */
    static final int MAX_ATTRIBUTE_CHARACTERS = 256;

    private static final Set<TaskState> LISTED =
            EnumSet.of(TaskState.TASK_STAGING, TaskState.TASK_STARTING, TaskState.TASK_RUNNING, TaskState.TASK_KILLING);
    private static final Set<TaskState> REPORTED = EnumSet.of(
            TaskState.TASK_STARTING,
            TaskState.TASK_RUNNING,
            TaskState.TASK_FINISHED,
            TaskState.TASK_FAILED,
            TaskState.TASK_KILLED,
            TaskState.TASK_ERROR,
            TaskState.TASK_DROPPED);

    private static final int MAX_RESERVATIONS = 100;

    private AgentRules() {}

    static void check(Faults faults, AgentRegistered registered) {
        faults.line("workDirId", registered.getWorkDirId(), 1, 64);
        faults.line("hostname", registered.getHostname(), 0, 253);
        faults.range("launchPartition", registered.getLaunchPartition(), 0, MAX_PARTITION);
        ResourceRules.check(faults, "resources", registered.getResources());
        long gpuMillis = registered.getResources().getGpuMillis();
        ResourceRules.wholeDevices(faults, "resources", gpuMillis);
        faults.range("resources.gpuMillis", gpuMillis, 0, ResourceRules.MAX_GPU_MILLIS);
        reservations(faults, registered.getReservations());
        TaskRequestRules.keyValues(faults, "attributes", registered.getAttributes(), MAX_ATTRIBUTE_CHARACTERS);
        tasks(faults, registered.getTasks());
        faults.line("version", registered.getVersion(), 0, 64);
        faults.time("sentAt", registered.getSentAt());
        ExecutorRules.listed(faults, registered.getExecutors());
    }

    static void check(Faults faults, AgentHeartbeat heartbeat) {
        faults.range("launchPartition", heartbeat.getLaunchPartition(), 0, MAX_PARTITION);
        faults.range("taskCount", heartbeat.getTaskCount(), 0, Integer.MAX_VALUE);
        faults.time("sentAt", heartbeat.getSentAt());
    }

    static void check(Faults faults, TaskReport report) {
        faults.range("attempt", report.getAttempt(), 1, Integer.MAX_VALUE);
        faults.range("reportSequence", report.getReportSequence(), 1, Long.MAX_VALUE);
        if (!REPORTED.contains(report.getState())) {
            faults.add("state", report.getState(), "must be one of " + REPORTED);
        }
        if (report.getSource() != StatusSource.SOURCE_AGENT && report.getSource() != StatusSource.SOURCE_EXECUTOR) {
            faults.add("source", report.getSource(), "must be SOURCE_AGENT or SOURCE_EXECUTOR");
        }
        faults.text("message", report.getMessage(), 0, 4_096);
        faults.range("exitCode", report.getExitCode(), 0, 255);
        faults.range("signal", report.getSignal(), 1, 127);
        if (report.getExitCode() != null && report.getSignal() != null) {
            faults.add("exitCode and signal are both given: a process ends by one of them");
        }
        faults.time("startedAt", report.getStartedAt());
        faults.time("endedAt", report.getEndedAt());
        faults.range("peakMemoryBytes", report.getPeakMemoryBytes(), 0, Long.MAX_VALUE);
        ExecutorRules.data(faults, "data", report.getData());
    }

    private static void reservations(Faults faults, List<Reservation> reservations) {
        faults.size("reservations", reservations, MAX_RESERVATIONS);
        Set<Object> seen = new HashSet<>();
        for (int i = 0; i < reservations.size(); i++) {
            Reservation reservation = reservations.get(i);
            OperatorRules.reservation(faults, "reservations[" + i + "]", reservation);
            if (!seen.add(List.of(reservation.getRole(), reservation.getLabels()))) {
                faults.add("reservations[" + i + "] has the role and labels of one before it: must be one reservation");
            }
        }
    }

    private static void devices(Faults faults, String field, List<Integer> devices) {
        faults.size(field, devices, (int) (ResourceRules.MAX_GPU_MILLIS / ResourceRules.GPU_DEVICE_MILLIS));
        int before = -1;
        for (int device : devices) {
            if (device <= before) {
                faults.add(field, devices, "must be 0 or more, rising");
                return;
            }
            before = device;
        }
    }

    private static void tasks(Faults faults, List<AgentTask> tasks) {
        faults.size("tasks", tasks, MAX_TASKS);
        Set<String> attempts = new HashSet<>();
        for (int i = 0; i < tasks.size(); i++) {
            AgentTask task = tasks.get(i);
            String field = "tasks[" + i + "]";
            IdRules.task(faults, field + ".taskId", task.getTaskId());
            faults.range(field + ".attempt", task.getAttempt(), 1, Integer.MAX_VALUE);
            if (!LISTED.contains(task.getState())) {
                faults.add(field + ".state", task.getState(), "must be one of " + LISTED);
            }
            faults.range(field + ".reportSequence", task.getReportSequence(), 0, Long.MAX_VALUE);
            ResourceRules.occupied(faults, field + ".resources", task.getResources());
            devices(faults, field + ".gpuDevices", task.getGpuDevices());
            faults.time(field + ".startedAt", task.getStartedAt());
            // No task id contains a colon.
            if (!attempts.add(task.getTaskId() + ":" + task.getAttempt())) {
                faults.add(field + " is attempt " + task.getAttempt() + " of " + Faults.quoted(task.getTaskId())
                        + ": must not be there twice");
            }
        }
    }
}
