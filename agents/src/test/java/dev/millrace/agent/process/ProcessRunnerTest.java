package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.launch;
import static dev.millrace.agent.process.RunnerFixture.request;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static dev.millrace.agent.process.RunnerFixture.variables;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessRunnerTest {
    @TempDir
    Path directory;

    private RunnerFixture agent;

    @BeforeEach
    void open() {
        agent = new RunnerFixture(directory.resolve("work"));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void reportsThatATaskRunsAndThatItFinished() {
        Instant before = Instant.now().minusSeconds(1);

        TaskReport end = agent.runToEnd(argv("t", "true"));

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        assertThat(agent.sink.reportsOf("t"))
                .extracting(TaskReport::getReportSequence)
                .containsExactly(1L, 2L);
        assertThat(agent.sink.reportsOf("t").get(0).getReason()).isEqualTo(Reason.REASON_COMMAND_STARTED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_COMMAND_EXITED);
        assertThat(end.getExitCode()).isZero();
        assertThat(end.getSignal()).isNull();
        assertThat(end.getStartedAt()).isBetween(before, end.getEndedAt());
        assertThat(end.getEndedAt()).isBefore(Instant.now().plusSeconds(1));
        assertThat(agent.sink.reports)
                .allSatisfy(report -> assertThat(Validator.faults(report)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 126, 127, 128, 137, 143, 192, 255})
    void reportsTheExitCode(int code) {
        TaskReport end = agent.runToEnd(shell("t", "exit " + code));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_COMMAND_EXITED);
        assertThat(end.getExitCode()).isEqualTo(code);
        assertThat(end.getSignal()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 9, 11, 13, 15})
    void reportsTheSignalThatEndedATask(int signal) {
        TaskReport end = agent.runToEnd(shell("t", "kill -" + signal + " $$; exit 0"));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_COMMAND_SIGNALED);
        assertThat(end.getSignal()).isEqualTo(signal);
        assertThat(end.getExitCode()).isNull();
    }

    @Test
    void survivesATaskThatSignalsItsWholeProcessGroup() {
        TaskReport end = agent.runToEnd(shell("t", "trap : TERM INT HUP; kill -INT 0; kill -HUP 0; kill 0; exit 5"));

        assertThat(end.getExitCode()).isEqualTo(5);
    }

    @Test
    void givesTasksTheListedEnvironmentAndNoOther() {
        agent.runToEnd(argv("jobs/t-0", "env")
                .setJob("a job")
                .setInstance(4)
                .setEnvironment(variables(Map.of("PATH", "/usr/bin:/bin", "LANG", "C"))));

        Map<String, String> expected = new TreeMap<>();
        Path sandbox = directory.resolve("work/attempts/jobs+t-0@1/sandbox").toAbsolutePath();
        expected.put("HOME", sandbox.toString());
        expected.put("LANG", "C");
        expected.put("MILLRACE_AGENT_ID", "agent-1");
        expected.put("MILLRACE_ATTEMPT", "1");
        expected.put("MILLRACE_CPU_MILLIS", "100");
        expected.put("MILLRACE_INSTANCE", "4");
        expected.put("MILLRACE_JOB", "a job");
        expected.put("MILLRACE_MEM_MIB", "32");
        expected.put("MILLRACE_POOL", "default");
        expected.put("MILLRACE_SANDBOX", sandbox.toString());
        expected.put("MILLRACE_TASK_ID", "jobs/t-0");
        expected.put("PATH", "/usr/bin:/bin");
        assertThat(environment(agent.awaitOutput("jobs/t-0", LogStream.STDOUT)))
                // These two the shell adds, depending on which it is.
                .satisfies(found -> assertThat(found.getOrDefault("PWD", sandbox.toString()))
                        .isEqualTo(sandbox.toString()))
                .satisfies(found -> {
                    found.remove("PWD");
                    found.remove("_");
                    assertThat(found).isEqualTo(expected);
                });
    }

    @Test
    void tellsATaskWhichPortsAndDevicesAreItsOwnWhateverItBringsAlong() {
        TaskRequest.Builder request = argv("t", "env")
                .setResources(Resources.newBuilder()
                        .setCpuMillis(100)
                        .setGpuMillis(500)
                        .setPorts(List.of(new PortRange(8_080, 8_080)))
                        .build())
                .setEnvironment(variables(Map.of("CUDA_VISIBLE_DEVICES", "0,1,2,3", "MILLRACE_PORT0", "80")));

        agent.runner.launch(
                LaunchTask.newBuilder(launch(request))
                        .setPorts(List.of(31_000, 31_005))
                        .setGpuDevices(List.of(2))
                        .build(),
                () -> true);

        assertThat(environment(agent.awaitOutput("t", LogStream.STDOUT)))
                .containsEntry("MILLRACE_PORTS", "31000,31005,8080")
                .containsEntry("MILLRACE_PORT0", "31000")
                .containsEntry("MILLRACE_PORT1", "31005")
                .containsEntry("MILLRACE_PORT2", "8080")
                .containsEntry("MILLRACE_GPUS", "2")
                .containsEntry("MILLRACE_GPU_MILLIS", "500")
                .containsEntry("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
                .containsEntry("CUDA_VISIBLE_DEVICES", "2")
                .containsEntry("NVIDIA_VISIBLE_DEVICES", "2");
    }

    @Test
    void hidesTheDevicesOfOthersFromATaskThatHasNone() {
        agent.close();
        agent = new RunnerFixture(directory.resolve("gpus"), config -> config.withHiddenGpus(true));

        agent.runToEnd(argv("t", "env"));

        assertThat(environment(agent.awaitOutput("t", LogStream.STDOUT)))
                .containsEntry("CUDA_VISIBLE_DEVICES", "")
                .containsEntry("NVIDIA_VISIBLE_DEVICES", "void");
    }

    @Test
    void passesOnVariablesOfAllNamesAndValues() {
        Map<String, String> odd = Map.of(
                "with.dots", "1",
                "UID", "2",
                "OPTIND", "x",
                "PPID", "y",
                "QUOTES", "it's \"so\" $HOME `id` \\ *",
                "GRÜSSE", "äöü ÁÀÂ ✓ 😀",
                "9", "nine");

        agent.runToEnd(argv("t", "env", "-0").setEnvironment(variables(odd)));

        Map<String, String> found = Arrays.stream(
                        agent.awaitOutput("t", LogStream.STDOUT).split("\0"))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        assertThat(found).containsAllEntriesOf(odd);
    }

    private static Map<String, String> environment(String output) {
        return output.lines()
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1], (a, b) -> b, TreeMap::new));
    }

    @Test
    void passesOnArgumentsAsTheyAre() {
        List<String> arguments = List.of("", "a b", "it's", "-n", "$HOME", "two\nlines", "*", "\\", "ÀÁÂÃÄÅÆÇ ✓ 😀");
        String[] argv = new String[arguments.size() + 2];
        argv[0] = "printf";
        argv[1] = "%s|";
        for (int i = 0; i < arguments.size(); i++) {
            argv[i + 2] = arguments.get(i);
        }

        agent.runToEnd(argv("t", argv));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo(String.join("|", arguments) + "|");
    }

    @Test
    void runsAShellLineAsAShellWould() {
        TaskReport end =
                agent.runToEnd(shell("t", "x='a  b'; for i in 1 2; do echo \"$x $i\"; done | tr a A; pwd; exit 3"));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("A  b 1\nA  b 2\n" + agent.sandbox("t") + "\n");
        assertThat(end.getExitCode()).isEqualTo(3);
    }

    @Test
    void runsTasksInASessionOfTheirOwnWithNothingToReadFrom() throws Exception {
        agent.runToEnd(shell("t", "cat; cat /proc/$$/stat; ls /proc/$$/fd"));

        List<String> lines = agent.awaitOutput("t", LogStream.STDOUT).lines().toList();
        long session = ProcStat.parse(lines.get(0)).orElseThrow().session();
        ProcStat self =
                ProcStat.parse(Files.readString(Path.of("/proc/self/stat"))).orElseThrow();
        assertThat(session).isNotEqualTo(self.session());
        assertThat(lines.subList(1, lines.size())).containsExactly("0", "1", "2");
    }

    @Test
    void runsTasksWithNoSignalBlockedOrIgnored() {
        agent.runToEnd(argv("t", "grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT).lines()).hasSize(2).allSatisfy(line -> {
            // Signals 32 and 33 are the C library's own.
            long signals = Long.parseUnsignedLong(line.substring(line.indexOf('\t') + 1), 16) & 0x7fffffffL;
            assertThat(signals).as(line).isZero();
        });
    }

    @Test
    void refusesAProgramThatIsNotThere() {
        TaskReport end = agent.runToEnd(argv("t", "no-such-program", "x"));

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_ERROR);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_CONTAINER_LAUNCH_FAILED);
        assertThat(end.getMessage()).startsWith("there is no program no-such-program in PATH=");
        assertThat(end.getReportSequence()).isEqualTo(1);
    }

    @Test
    void refusesAFileThatMayNotBeExecuted() {
        assertThat(agent.runToEnd(argv("t", "/etc/passwd")).getMessage())
                .isEqualTo("there is no program /etc/passwd that may be executed");
    }

    @Test
    void refusesAUserThatIsNotThere() {
        TaskReport end = agent.runToEnd(argv("t", "true").setUser("no-such-user"));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_ERROR);
        assertThat(end.getMessage()).isEqualTo("there is no user \"no-such-user\" on this machine");
    }

    @Test
    void refusesArgumentsThatNoProgramCanBeGiven() {
        assertThat(agent.runToEnd(argv("nul", "echo", "a\0b")).getMessage()).contains("NUL character");
        assertThat(agent.runToEnd(argv("long", "echo", "x".repeat(131_072))).getMessage())
                .contains("longer than 131071 bytes");
        assertThat(agent.runToEnd(request("none")).getMessage()).contains("neither a shell line nor an argv");
        assertThat(agent.runToEnd(argv("name", "env").setEnvironment(variables(Map.of("a=b", "c"))))
                        .getMessage())
                .contains("cannot be the name");
    }

    @Test
    void takesTheLongestArgumentThatLinuxTakes() {
        agent.runToEnd(argv("t", "printf", "%s", "x".repeat(131_071)));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).hasSize(131_071);
    }

    @Test
    void runsATaskAsAnotherUser() {
        org.junit.jupiter.api.Assumptions.assumeTrue("root".equals(System.getProperty("user.name")));
        // The directory of this test may be out of another user's reach, so the task stays away from it by name.
        TaskReport end =
                agent.runToEnd(shell("t", "id -un; touch here; stat -c %U here").setUser("nobody"));

        assertThat(end.getExitCode()).as(end.getMessage()).isZero();
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("nobody\nnobody\n");
    }

    @Test
    void dropsALaunchWhoseLeaseHasExpired() {
        agent.runner.launch(launch(shell("t", "touch ran")), () -> false);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_LEASE_EXPIRED);
        agent.awaitIdle();
        assertThat(agent.sandbox("t").resolve("ran")).doesNotExist();
    }

    @Test
    void ignoresALaunchOfAnAttemptThatLives() {
        agent.run(shell("t", "echo once >>../count; exec sleep 1000"));
        agent.run(shell("t", "echo twice >>../count"));
        awaitThat(() -> agent.attempt("t").resolve("count").toFile().length() > 0);
        agent.run(shell("t", "echo thrice >>../count"));
        agent.kill("t", 0);

        agent.awaitIdle();

        assertThat(agent.attempt("t").resolve("count")).hasContent("once\n");
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_KILLED);
    }

    @Test
    void ignoresALaunchOfAnAttemptWhoseEndIsNotAcknowledged() {
        agent.sink.broken = true;
        agent.runToEnd(argv("t", "true"));

        agent.run(argv("t", "false"));
        agent.sink.broken = false;

        agent.awaitIdle();
        assertThat(agent.sink.statesOf("t"))
                .doesNotContain(TaskState.TASK_DROPPED, TaskState.TASK_FAILED)
                .contains(TaskState.TASK_FINISHED);
    }

    @Test
    void dropsAnAttemptWhoseNameAnEarlierOneHadSoThatItsTaskGoesOnWithTheNext() {
        agent.runToEnd(shell("t", "echo first >>../count"));
        agent.awaitIdle();

        agent.run(shell("t", "echo second >>../count"));

        TaskReport dropped = awaitReport("t", TaskState.TASK_DROPPED);
        assertThat(dropped.getReportSequence()).isEqualTo(1);
        assertThat(dropped.getReason()).isEqualTo(Reason.REASON_CONTAINER_LAUNCH_FAILED);
        assertThat(dropped.getMessage()).startsWith("an attempt of this name was here before");
        assertThat(Validator.faults(dropped)).isEmpty();
        agent.awaitIdle();
        agent.runner.launch(launch(shell("t", "echo next >../count"), 2), () -> true);
        awaitThat(() -> agent.sink.statesOf("t").stream()
                        .filter(state -> state == TaskState.TASK_FINISHED)
                        .count()
                == 2);
        assertThat(agent.attempt("t").resolve("count")).hasContent("first\n");
    }

    @Test
    void tellsTheEndOfTheLaterOfTwoAttemptsOfOneNameWhenItIsAskedAgain() {
        agent.runToEnd(argv("t", "true"));
        agent.awaitIdle();
        agent.run(argv("t", "true"));
        awaitReport("t", TaskState.TASK_DROPPED);
        agent.awaitIdle();

        agent.kill("t", 0);

        awaitThat(() -> agent.sink.statesOf("t").size() == 4);
        assertThat(agent.sink.statesOf("t"))
                .containsExactly(
                        TaskState.TASK_RUNNING,
                        TaskState.TASK_FINISHED,
                        TaskState.TASK_DROPPED,
                        TaskState.TASK_DROPPED);
    }

    @Test
    void runsAnAttemptWhoseNameAnEarlierOneHadThatIsRemoved() throws Exception {
        agent.runToEnd(argv("t", "true"));
        agent.awaitIdle();
        moveAway(agent.attempt("t"));

        agent.run(argv("t", "sleep", "1000"));
        awaitThat(() -> agent.sink.statesOf("t").size() == 3);
        agent.kill("t", 0);
        awaitReport("t", TaskState.TASK_KILLED);

        assertThat(agent.sink.statesOf("t"))
                .containsExactly(
                        TaskState.TASK_RUNNING, TaskState.TASK_FINISHED, TaskState.TASK_RUNNING, TaskState.TASK_KILLED);
    }

    @Test
    void dropsAnAttemptOfAnEarlierNameAlsoWhileTheEarlierOnesOutputIsNotPublished() {
        agent.sink.logsBroken = true;
        agent.runToEnd(shell("t", "echo out"));
        // The last chunk is sent once the end was handed over and acknowledged.
        agent.awaitOutput("t", LogStream.STDERR);

        agent.run(argv("t", "true"));

        awaitReport("t", TaskState.TASK_DROPPED);
        agent.sink.logsBroken = false;
        agent.awaitIdle();
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("out\n");
    }

    private TaskReport awaitReport(String taskId, TaskState state) {
        return RunnerFixture.until(() -> agent.sink.reportsOf(taskId).stream()
                .filter(report -> report.getState() == state)
                .findFirst()
                .orElse(null));
    }

    private void moveAway(Path path) throws IOException {
        Files.move(path, directory.resolve("away"));
    }

    @Test
    void listsAttemptsUntilTheirEndIsHandedOver() {
        agent.run(shell("t", "echo $$ >pid; exec sleep 1000"));
        assertThat(agent.runner.attempts()).hasSize(1);
        agent.awaitRunning("t");

        AgentTask listed = agent.runner.attempts().get(0);
        assertThat(listed.getState()).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(listed.getReportSequence()).isEqualTo(1);
        assertThat(listed.getStartedAt()).isNotNull();
        assertThat(listed.getResources().getCpuMillis()).isEqualTo(100);
        agent.sink.broken = true;
        agent.kill("t", 0);
        agent.awaitEnd("t");
        awaitThat(() -> agent.runner.attempts().isEmpty());
        assertThat(agent.files("open")).as("until the end is acknowledged").containsExactly("t@1");
    }

    @Test
    void handsAReportOverAgainUntilItIsAcknowledged() {
        agent.sink.broken = true;
        agent.runToEnd(argv("t", "true"));
        awaitThat(() -> agent.sink.ends().size() > 1);

        agent.sink.broken = false;

        agent.awaitIdle();
        assertThat(agent.sink.ends())
                .allSatisfy(end -> assertThat(end).isEqualTo(agent.sink.ends().get(0)));
    }

    @Test
    void measuresThePeakOfAllProcessesTogether() {
        agent.run(shell(
                "t",
                "for f in a b; do sh -c 'x=$(head -c 40000000 /dev/zero | tr \"\\0\" x); echo $$ >$0; sleep 1000' $f & done; "
                        + "wait"));
        agent.awaitLine("t", "a");
        agent.awaitLine("t", "b");
        // The sandbox knows nothing of the sweeps; only the report does, so wait until one has surely looked.
        agent.run(shell("later", "sleep 0.6"));
        agent.awaitEnd("later");
        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getPeakMemoryBytes()).isBetween(80_000_000L, 400_000_000L);
    }

    @Test
    void saysWhatIsWrongWhenTheDiskDoesNotTakeTheFiles() throws Exception {
        Files.delete(directory.resolve("work/attempts"));
        Files.createFile(directory.resolve("work/attempts"));

        TaskReport end = agent.runToEnd(argv("t", "true"));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_CONTAINER_LAUNCH_FAILED);
        assertThat(end.getMessage()).contains("attempts/t@1").contains("Not a directory");
        Files.delete(directory.resolve("work/attempts"));
        Files.createDirectory(directory.resolve("work/attempts"));
        assertThat(agent.runToEnd(argv("next", "true")).getState()).isEqualTo(TaskState.TASK_FINISHED);
    }

    @Test
    void killsWhatATaskLeavesBehind() {
        agent.runToEnd(shell(
                "t",
                "sleep 1000 & echo $! >same-group; setsid sh -c 'echo $$ >other-session; exec sleep 1000' & "
                        + "perl -e 'setpgrp; open F, \">other-group\"; print F \"$$\\n\"; close F; sleep 1000' & "
                        + "until [ -s other-session ] && [ -s other-group ]; do :; done"));

        RunnerFixture.awaitDeath(Long.parseLong(agent.awaitLine("t", "same-group")));
        RunnerFixture.awaitDeath(Long.parseLong(agent.awaitLine("t", "other-group")));
        // Who makes a session of its own escapes, and is ended here.
        long escaped = Long.parseLong(agent.awaitLine("t", "other-session"));
        RunnerFixture.sigkill(escaped);
        RunnerFixture.awaitDeath(escaped);
    }

    @Test
    void runsManyQuickTasks() {
        int count = 200;
        long startNs = System.nanoTime();

        IntStream.range(0, count).forEach(i -> agent.run(argv("t-" + i, "true")));

        awaitThat(() -> agent.sink.ends().size() >= count);
        Duration took = Duration.ofNanos(System.nanoTime() - startNs);
        System.out.printf("%d tasks in %d ms: %d a second%n", count, took.toMillis(), count * 1_000L / took.toMillis());
        assertThat(agent.sink.ends()).allSatisfy(end -> {
            assertThat(end.getState()).as(end.toString()).isEqualTo(TaskState.TASK_FINISHED);
            assertThat(agent.sink.statesOf(end.getTaskId()))
                    .containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        });
        agent.awaitIdle();
        assertThat(agent.files("ends")).isEmpty();
    }

    @Test
    void keepsTheEnvironmentAndTheOutputOfTasksFromOtherUsers() throws Exception {
        agent.run(argv("t", "sleep", "1000").setEnvironment(variables(Map.of("KEY", "secret"))));
        agent.awaitRunning("t");

        for (String file : List.of("open/t@1", "attempts/t@1/run", "attempts/t@1/stdout", "attempts/t@1/stderr")) {
            assertThat(Files.getPosixFilePermissions(agent.workDir.resolve(file)))
                    .as(file)
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("work/open")))
                .isEqualTo(PosixFilePermissions.fromString("rwx--x--x"));
    }
}
