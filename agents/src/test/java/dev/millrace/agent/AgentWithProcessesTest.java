package dev.millrace.agent;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static dev.millrace.agent.ScriptedScheduler.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentWithProcessesTest {
    @TempDir
    private Path directory;

    private ScriptedScheduler scheduler;

    @BeforeEach
    void createCluster() {
        scheduler = new ScriptedScheduler("processes");
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void runsACommandAndPublishesHowItEndedAndWhatItWrote() throws Exception {
        try (Agent agent = start()) {
            AgentRegistered registered = scheduler.accepted("a", 0);

            scheduler.launch(registered, request("t", "echo out; echo err >&2; exit 3"));

            TaskReport end = scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FAILED);
            assertThat(end.getExitCode()).isEqualTo(3);
            assertThat(scheduler.events(TaskReport.class))
                    .extracting(TaskReport::getState)
                    .containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FAILED);
            awaiting()
                    .until(() -> scheduler.output("t").contains("out\n")
                            && scheduler.output("t").contains("err\n"));
        }
    }

    @Test
    void tellsATaskItsPortsAndDevicesAndTheSchedulerThatItHasThem() throws Exception {
        Path go = directory.resolve("go");
        AgentRegistered first;
        try (Agent agent = start()) {
            first = scheduler.accepted("a", 0);
            String line = "echo $MILLRACE_PORTS $CUDA_VISIBLE_DEVICES; until [ -e " + go + " ]; do sleep 0.05; done";
            scheduler.launch(first, request("t", line), List.of(31_000, 31_001), List.of(0, 2));
            awaiting().until(() -> scheduler.output("t").contains("31000,31001 0,2\n"));
        }

        try (Agent agent = start()) {
            AgentRegistered second = scheduler.accepted("a", first.getIncarnation());
            Files.createFile(go);

            assertThat(second.getTasks()).singleElement().satisfies(task -> {
                assertThat(task.getResources().getPorts()).containsExactly(new PortRange(31_000, 31_001));
                assertThat(task.getGpuDevices()).containsExactly(0, 2);
            });
            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FINISHED);
        }
    }

    @Test
    void killsATask() throws Exception {
        try (Agent agent = start()) {
            AgentRegistered registered = scheduler.accepted("a", 0);
            scheduler.launch(registered, request("t", "sleep 600"));
            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_RUNNING);

            scheduler.kill(registered, "t");

            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_KILLED);
        }
    }

    @Test
    void leavesItsTasksRunningWhenItStopsAndFindsThemAgain() throws Exception {
        Path go = directory.resolve("go");
        AgentRegistered first;
        try (Agent agent = start()) {
            first = scheduler.accepted("a", 0);
            String waits = "until [ -e " + go + " ]; do sleep 0.05; done";
            scheduler.launch(first, request("t", waits));
            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_RUNNING);
        }

        try (Agent agent = start()) {
            AgentRegistered second = scheduler.accepted("a", first.getIncarnation());
            assertThat(second.getWorkDirId()).isEqualTo(first.getWorkDirId());
            assertThat(second.getTasks()).extracting(AgentTask::getTaskId).containsExactly("t");
            assertThat(second.getTasks()).extracting(AgentTask::getState).containsExactly(TaskState.TASK_RUNNING);

            Files.createFile(go);
            TaskReport end = scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FINISHED);
            assertThat(end.getReportSequence()).isEqualTo(2);
        }
    }

    @Test
    void reportsTheEndOfATaskThatEndedWhileItWasAwayBeforeItRegisters() throws Exception {
        Path go = directory.resolve("go");
        AgentRegistered first;
        try (Agent agent = start()) {
            first = scheduler.accepted("a", 0);
            String waits = "until [ -e " + go + " ]; do sleep 0.05; done";
            scheduler.launch(first, request("t", waits));
            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_RUNNING);
        }
        Files.createFile(go);
        awaiting().until(this::anExitIsNoted);

        try (Agent agent = start()) {
            AgentRegistered second = scheduler.accepted("a", first.getIncarnation());

            assertThat(second.getTasks()).isEmpty();
            TaskReport end = scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FINISHED);
            assertThat(scheduler.events().indexOf(end))
                    .isLessThan(scheduler.events().indexOf(second));
        }
    }

    /** The files are there from the start, with blanks in them; a status has an end of line. */
    private boolean anExitIsNoted() throws IOException {
        List<Path> files;
        try (Stream<Path> ends = Files.list(directory.resolve("a/ends"))) {
            files = ends.toList();
        }
        for (Path file : files) {
            if (Files.readString(file).contains("\n")) {
                return true;
            }
        }
        return false;
    }

    private Agent start() throws Exception {
        Agent agent = new Agent(
                AgentConfig.of(scheduler.cluster(), directory.resolve("a")).withAgentId("a"));
        agent.start();
        return agent;
    }
}
