package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_DROPPED;
import static dev.millrace.contract.TaskState.TASK_ERROR;
import static dev.millrace.contract.TaskState.TASK_FAILED;
import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.contract.TaskState.TASK_UNKNOWN;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.constraint;
import static dev.millrace.core.Requests.heartbeat;
import static dev.millrace.core.Requests.listed;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.RequestClasses;
import dev.millrace.schemas.Store;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskLifeTest {
    private final Harness harness = new Harness();

    @Test
    void launchesATaskOnAnAgentAndFollowsItToItsEnd() {
        harness.on(agent("a1", 7).build());

        harness.on(task("t").build());
        harness.on(report("a1", "t", 1, 1, TASK_RUNNING)
                .setStartedAt(Instant.ofEpochMilli(5))
                .build());
        harness.on(report("a1", "t", 1, 2, TASK_FINISHED).setExitCode(0).build());

        assertThat(harness.states("t")).containsExactly(TASK_QUEUED, TASK_STAGING, TASK_RUNNING, TASK_FINISHED);
        LaunchTask launch = harness.launches().get(0);
        assertThat(launch.getAgentId()).isEqualTo("a1");
        assertThat(launch.getIncarnation()).isEqualTo(7);
        assertThat(launch.getAttempt()).isEqualTo(1);
        TaskStatus end = harness.last("t");
        assertThat(end.getTaskEnded()).isTrue();
        assertThat(end.getExitCode()).isZero();
        assertThat(end.getStartedAt()).isEqualTo(Instant.ofEpochMilli(5));
    }

    @Test
    void refusesASecondRequestWithTheSameIdWithinTheHorizonAndTakesItAfterwards() {
        harness.on(ConfigurePool.newBuilder()
                .setPool("default")
                .setEndedHorizonMs(10_000L)
                .build());
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());
        harness.on(report("a1", "t", 1, 1, TASK_FINISHED).build());

        harness.on(task("t").setSubmissionId("second").build());
        TaskStatus refusal = harness.statuses("t").get(harness.statuses("t").size() - 1);
        harness.forgetMessages();
        harness.pass(11_000);
        boolean forgotten =
                harness.stored().size(Store.TASKS) == 0 && harness.stored().size(Store.REQUESTS) == 0;
        int launchesBefore = harness.launches().size();
        harness.on(task("t").setSubmissionId("third").build());

        assertThat(refusal.getSequence()).isZero();
        assertThat(refusal.getState()).isEqualTo(TASK_ERROR);
        assertThat(refusal.getReason()).isEqualTo(Reason.REASON_DUPLICATE_TASK_ID);
        assertThat(refusal.getSubmissionId()).isEqualTo("second");
        assertThat(forgotten).isTrue();
        assertThat(harness.launches()).hasSize(launchesBefore + 1);
        assertThat(harness.states("t")).endsWith(TASK_QUEUED, TASK_STAGING);
    }

    @Test
    void keepsATaskFromAnAgentThatIsNotYetRidOfAnEarlierOneOfItsId() {
        harness.on(agent("a1", 7).build());
        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());

        harness.on(task("t").build());
        harness.pass(5_000);
        List<LaunchTask> before = harness.launches();
        harness.on(report("a1", "t", 1, 9, TASK_KILLED).build());
        harness.pass(1_000);

        assertThat(before).isEmpty();
        assertThat(harness.states("t")).containsExactly(TASK_QUEUED, TASK_STAGING);
    }

    @Test
    void endsARequestThatIsInvalidWithAllItsFaultsAndADeadLetter() {
        harness.on(task("t").setPriority(900).setShell(null).build());

        TaskStatus status = harness.last("t");
        assertThat(status.getState()).isEqualTo(TASK_ERROR);
        assertThat(status.getTaskEnded()).isTrue();
        assertThat(status.getReason()).isEqualTo(Reason.REASON_TASK_INVALID);
        assertThat(status.getMessage()).contains("priority").contains("shell");
        assertThat(harness.rejections()).hasSize(1);
        assertThat(harness.rejections().get(0).reason()).isEqualTo(DeadLetterReason.INVALID);
    }

    @Test
    void refusesABrokenRegularExpression() {
        harness.on(task("t")
                .setConstraints(List.of(constraint("os", ConstraintOperator.MATCHES, "a(b")))
                .build());

        assertThat(harness.last("t").getReason()).isEqualTo(Reason.REASON_TASK_INVALID);
        assertThat(harness.last("t").getMessage()).contains("a(b");
    }

    @Test
    void refusesWhatItDoesNotDo() {
        harness.on(task("t").setIsolationRequired(true).build());

        assertThat(harness.last("t").getReason()).isEqualTo(Reason.REASON_TASK_UNSUPPORTED);
        assertThat(harness.last("t").getMessage()).contains("isolationRequired");
    }

    @Test
    void refusesARequestThatComesAfterItsTime() {
        harness.on(task("t")
                .setExpiresAt(Instant.ofEpochMilli(harness.wallMs() - 1))
                .build());

        assertThat(harness.last("t").getReason()).isEqualTo(Reason.REASON_REQUEST_EXPIRED);
    }

    @Test
    void holdsATaskBackUntilItsNotBeforeTime() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t")
                .setNotBefore(Instant.ofEpochMilli(harness.wallMs() + 1_000))
                .build());
        int launchesBefore = harness.launches().size();

        harness.pass(1_000);

        assertThat(launchesBefore).isZero();
        assertThat(harness.launches()).hasSize(1);
    }

    @Test
    void killsAQueuedTaskAtOnceAndARunningOneThroughItsAgent() {
        harness.on(task("queued").setResources(resources(64_000, 64)).build());
        harness.on(agent("a1", 7).build());
        harness.on(task("running").build());
        harness.on(report("a1", "running", 1, 1, TASK_RUNNING).build());

        harness.on(kill("queued"));
        harness.on(kill("running"));
        boolean killSent = harness.kills().size() == 1;
        harness.on(report("a1", "running", 1, 2, TASK_KILLED).build());

        assertThat(harness.states("queued")).containsExactly(TASK_QUEUED, TASK_KILLED);
        assertThat(killSent).isTrue();
        assertThat(harness.states("running"))
                .containsExactly(TASK_QUEUED, TASK_STAGING, TASK_RUNNING, TASK_KILLING, TASK_KILLED);
    }

    @Test
    void absorbsTheStartOfATaskThatIsBeingKilled() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());
        harness.on(kill("t"));

        harness.on(report("a1", "t", 1, 1, TASK_RUNNING).build());
        harness.on(report("a1", "t", 1, 2, TASK_KILLED).build());

        assertThat(harness.states("t")).containsExactly(TASK_QUEUED, TASK_STAGING, TASK_KILLING, TASK_KILLED);
        assertThat(harness.rejections()).isEmpty();
    }

    @Test
    void answersTheKillOfAnUnknownTask() {
        harness.on(kill("nobody"));

        assertThat(harness.states("nobody")).containsExactly(TASK_UNKNOWN);
        assertThat(harness.statuses("nobody").get(0).getSequence()).isZero();
    }

    @Test
    void restartsAFailedTaskWithGrowingDelaysUntilItsAttemptsAreSpent() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t")
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 1_000L, 60_000L))
                .build());

        harness.on(report("a1", "t", 1, 1, TASK_FAILED).setExitCode(1).build());
        harness.pass(1_000);
        harness.on(report("a1", "t", 2, 1, TASK_FAILED).setExitCode(1).build());
        int launchesBeforeDelay = harness.launches().size();
        harness.pass(2_000);
        harness.on(report("a1", "t", 3, 1, TASK_FAILED).setExitCode(1).build());

        assertThat(launchesBeforeDelay).isEqualTo(2);
        assertThat(harness.launches()).extracting(LaunchTask::getAttempt).containsExactly(1, 2, 3);
        assertThat(harness.statuses("t").stream()
                        .filter(s -> s.getDelayMs() != null)
                        .map(TaskStatus::getDelayMs))
                .containsExactly(1_000L, 2_000L);
        assertThat(harness.last("t").getTaskEnded()).isTrue();
        assertThat(harness.last("t").getState()).isEqualTo(TASK_FAILED);
    }

    @Test
    void doesNotRestartAFinishedTaskUnlessThePolicyIsAlways() {
        harness.on(agent("a1", 7).build());
        harness.on(task("once")
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 1_000L, 60_000L))
                .build());
        harness.on(task("service")
                .setRestartPolicy(new RestartPolicy(RestartMode.ALWAYS, 0, 1_000L, 60_000L))
                .build());

        harness.on(report("a1", "once", 1, 1, TASK_FINISHED).build());
        harness.on(report("a1", "service", 1, 1, TASK_FINISHED).build());

        assertThat(harness.last("once").getTaskEnded()).isTrue();
        assertThat(harness.states("service")).endsWith(TASK_FINISHED, TASK_QUEUED);
    }

    @Test
    void queuesADroppedAttemptAgainWithoutCountingIt() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());

        harness.on(report("a1", "t", 1, 1, TASK_DROPPED).build());
        harness.pass(Tasks.DROPPED_DELAY_MS);
        harness.on(report("a1", "t", 2, 1, TASK_FAILED).build());

        assertThat(harness.states("t"))
                .containsExactly(TASK_QUEUED, TASK_STAGING, TASK_DROPPED, TASK_QUEUED, TASK_STAGING, TASK_FAILED);
        assertThat(harness.last("t").getTaskEnded()).isTrue();
    }

    @Test
    void waitsLongerForEachAttemptInARowThatNeverRan() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());

        for (int attempt = 1; attempt <= 9; attempt++) {
            harness.on(report("a1", "t", attempt, 1, TASK_DROPPED).build());
            for (long passed = 0; passed < Tasks.MAX_DROPPED_DELAY_MS; passed += 5_000) {
                harness.pass(5_000);
                harness.on(heartbeat("a1", 7));
            }
        }

        assertThat(harness.statuses("t").stream()
                        .filter(s -> s.getDelayMs() != null)
                        .map(TaskStatus::getDelayMs))
                .containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L, 60_000L);
    }

    @Test
    void rejectsThatAnAttemptWhichRanNeverStarted() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());
        harness.on(report("a1", "t", 1, 1, TASK_RUNNING).build());
        harness.on(kill("t"));

        harness.on(report("a1", "t", 1, 2, TASK_DROPPED).build());

        assertThat(harness.last("t").getState()).isEqualTo(TASK_KILLING);
        assertThat(harness.rejections()).extracting(Rejection::reason).containsExactly(DeadLetterReason.IMPOSSIBLE);
    }

    @Test
    void beginsTheDelaysAnewAfterAnAttemptThatHeldOutEvenIfNobodySawItsEnd() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t")
                .setRestartPolicy(new RestartPolicy(RestartMode.ALWAYS, 0, 1_000L, 20_000L))
                .build());
        for (int attempt = 1; attempt <= 2; attempt++) {
            harness.on(report("a1", "t", attempt, 1, TASK_FAILED).build());
            harness.pass(2_000);
        }
        harness.on(report("a1", "t", 3, 1, TASK_RUNNING).build());
        for (int beat = 0; beat < 30; beat++) {
            harness.pass(1_000);
            harness.on(heartbeat("a1", 7));
        }

        harness.on(new AgentLeaving("default", "a1", 7L, ""));
        harness.on(agent("a1", 8).setWorkDirId("another").build());

        assertThat(harness.statuses("t").stream()
                        .filter(s -> s.getDelayMs() != null)
                        .map(TaskStatus::getDelayMs))
                .containsExactly(1_000L, 2_000L, 1_000L);
    }

    @Test
    void refusesARegularExpressionThatWouldBecomeTooLarge() {
        harness.on(agent("a1", 7).build());
        for (String regex : List.of("((a{1000}){1000}){10}", "((a?){50}){50}")) {
            harness.on(task(regex.length() + "-long")
                    .setConstraints(List.of(constraint("os", ConstraintOperator.MATCHES, regex)))
                    .build());
            assertThat(harness.last(regex.length() + "-long").getState()).isEqualTo(TASK_ERROR);
            assertThat(harness.last(regex.length() + "-long").getMessage()).contains("instructions");
        }
    }

    @Test
    void remembersNoPoolThatHasNothing() {
        harness.on(KillRequest.newBuilder().setPool("mistyped").setTaskId("t").build());
        harness.on(AgentHeartbeat.newBuilder(heartbeat("a9", 1))
                .setPool("another-pool")
                .build());
        harness.on(report("a9", "t", 1, 1, TASK_RUNNING).setPool("a-third").build());

        assertThat(harness.stored().size(Store.POOLS)).isZero();
        assertThat(harness.stored().size(Store.COUNTERS)).isZero();
        assertThat(harness.states("t")).containsExactly(TASK_UNKNOWN);
        assertThat(harness.sent(RegisterAgain.class)).hasSize(1);
    }

    @Test
    void remembersNothingOversizedOfAnInvalidRequest() {
        harness.on(task("t")
                .setRole("r".repeat(100_000))
                .setSubmissionId("s".repeat(100_000))
                .build());

        assertThat(harness.last("t").getState()).isEqualTo(TASK_ERROR);
        assertThat(harness.last("t").getRole()).isEmpty();
        assertThat(harness.last("t").getSubmissionId()).isEmpty();
    }

    @Test
    void ignoresRepeatedAndSupersededReportsAndRejectsImpossibleOnes() {
        harness.on(agent("a1", 7).build());
        harness.on(agent("a2", 8).build());
        harness.on(task("t").build());
        String here = harness.launches().get(0).getAgentId();
        String elsewhere = here.equals("a1") ? "a2" : "a1";
        harness.on(report(here, "t", 1, 1, TASK_RUNNING).build());
        int statuses = harness.statuses("t").size();

        harness.on(report(here, "t", 1, 1, TASK_RUNNING).build());
        harness.on(report("a1", "forgotten", 1, 1, TASK_FINISHED).build());
        int rejectedBefore = harness.rejections().size();
        harness.on(report(here, "t", 2, 1, TASK_RUNNING).build());
        harness.on(report(elsewhere, "t", 1, 2, TASK_FINISHED).build());
        harness.on(report(here, "t", 1, 2, TASK_DROPPED).build());

        assertThat(harness.statuses("t")).hasSize(statuses);
        assertThat(rejectedBefore).isZero();
        assertThat(harness.rejections())
                .extracting(Rejection::reason)
                .containsExactly(DeadLetterReason.IMPOSSIBLE, DeadLetterReason.IMPOSSIBLE, DeadLetterReason.IMPOSSIBLE);
    }

    @Test
    void takesTheTaskOfHigherPriorityFirstThenTheEarlierOne() {
        TaskRequest.Builder whole = task("x").setResources(resources(4_000, 64));
        harness.on(whole.setTaskId("first").setPriority(50).build());
        harness.on(whole.setTaskId("second").setPriority(50).build());
        harness.on(whole.setTaskId("urgent").setPriority(60).build());

        harness.on(agent("a1", 7).build());
        harness.on(report("a1", "urgent", 1, 1, TASK_FINISHED).build());
        harness.on(report("a1", "first", 1, 1, TASK_FINISHED).build());

        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactly("urgent", "first", "second");
    }

    @Test
    void sendsItselfAContinueAgainThatWasLost() {
        Harness slow = new Harness(1);
        for (int i = 0; i < 60; i++) {
            slow.on(task("t" + i).setResources(resources(1, 1)).build());
        }
        slow.loseContinues();

        slow.on(agent("a1", 7).build());
        int sentAtFirst = slow.sent(Continue.class).size();
        slow.pass(11_000);

        assertThat(sentAtFirst).isEqualTo(1);
        assertThat(slow.sent(Continue.class)).hasSize(2);
        assertThat(slow.largestStep()).isEqualTo(1);
    }

    @Test
    void storesNoExplanationOfAClassThatLeftTheQueueAndCameBackInOneStep() {
        Harness slow = new Harness(1);
        slow.loseContinues();
        RestartPolicy later = new RestartPolicy(RestartMode.ON_FAILURE, 5, 1_000L, 1_000L);
        slow.on(agent("a1", 7).setResources(resources(2_000, 4_096)).build());
        for (int i = 0; i < 4; i++) {
            slow.on(task("t" + i)
                    .setResources(resources(1_000, 10 + i))
                    .setRestartPolicy(later)
                    .build());
        }
        slow.on(report("a1", "t0", 1, 1, TASK_FAILED).build());
        slow.on(report("a1", "t1", 1, 1, TASK_FAILED).build());
        TaskRequest like1 = task("like1").setResources(resources(1_000, 11)).build();
        String stored = "default/" + RequestClasses.text(like1);
        slow.on(like1);
        slow.tick();
        assertThat(slow.stored().get(Store.CLASSES, stored)).isNotNull();
        slow.pass(750);

        // t0 was released by the last tick, t1 is due and is released by this very step.
        slow.on(kill("like1"));
        slow.on(kill("t1"));
        slow.tick();

        assertThat(slow.states("t1")).endsWith(TASK_QUEUED, TASK_KILLED);
        assertThat(slow.stored().get(Store.CLASSES, stored)).isNull();
    }

    @Test
    void goesOnInFurtherStepsWhenOneInputReleasesManyTasks() {
        for (int i = 0; i < 3 * Budget.PER_STEP; i++) {
            harness.on(task("t" + i).setResources(resources(1, 1)).build());
        }
        harness.on(ConfigurePool.newBuilder()
                .setPool("default")
                .setMaxTasksPerAgent(1_000)
                .build());
        harness.forgetMessages();

        harness.on(agent("a1", 7).setResources(resources(64_000, 64_000)).build());
        int onOne = harness.launches().size();
        int launchesOfOneStep = harness.largestStep();
        harness.on(agent("a2", 8).setResources(resources(64_000, 64_000)).build());

        assertThat(launchesOfOneStep).isEqualTo(Budget.PER_STEP);
        assertThat(harness.sent(Continue.class)).hasSize(1);
        assertThat(onOne).isEqualTo(1_000);
        assertThat(harness.launches()).hasSize(3 * Budget.PER_STEP);
    }

    private static KillRequest kill(String taskId) {
        return KillRequest.newBuilder().setPool("default").setTaskId(taskId).build();
    }
}
