package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_ERROR;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.core.Cluster.role;
import static dev.millrace.core.Requests.POOL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Harness harness = new Harness();

    @Test
    void refusesWhatComesWhenARoleHasAsManyTasksQueuedAsItMay() {
        harness.on(role("eng").setMaxQueued(2).build());

        submit("a", "eng");
        submit("b", "eng/x");
        submit("c", "eng/y");
        submit("d", "eng");

        assertRefused("c", Reason.REASON_ROLE_QUEUE_FULL, "role eng has 2 tasks queued and may have 2");
        assertRefused("d", Reason.REASON_ROLE_QUEUE_FULL, "role eng has 2 tasks queued and may have 2");
    }

    @Test
    void admitsAgainWhenTasksHaveLeftTheQueue() {
        harness.on(role("eng").setMaxQueued(2).build());
        submit("a", "eng");
        submit("b", "eng");

        harness.on(KillRequest.newBuilder().setPool(POOL).setTaskId("a").build());
        submit("c", "eng");
        harness.on(Requests.agent("a1", 1).build());
        submit("d", "eng");
        submit("e", "eng");

        assertAdmitted("c", "d", "e");
    }

    @Test
    void countsTasksThatWaitForTheirTimeAsQueued() {
        harness.on(role("eng").setMaxQueued(1).build());
        harness.on(Requests.agent("a1", 1).build());

        harness.on(Cluster.task("a", "eng", 100, 1)
                .setNotBefore(java.time.Instant.ofEpochMilli(harness.wallMs() + 60_000))
                .build());
        submit("b", "eng");

        assertRefused("b", Reason.REASON_ROLE_QUEUE_FULL, "role eng has 1 tasks queued and may have 1");
    }

    @Test
    void admitsNothingOfARoleThatMayHaveNothingQueuedUntilTheBoundIsTakenAway() {
        harness.on(role("eng").setMaxQueued(0).build());
        harness.on(Requests.agent("a1", 1).build());

        submit("a", "eng");
        harness.on(role("eng").setMaxQueued(-1).build());
        submit("b", "eng");

        assertRefused("a", Reason.REASON_ROLE_QUEUE_FULL, "role eng has 0 tasks queued and may have 0");
        assertAdmitted("b");
    }

    @Test
    void remembersNothingOfWhatItRefuses() {
        harness.on(role("eng").setMaxQueued(0).build());
        int tasks = harness.stored().size(Store.TASKS);
        int roles = harness.stored().size(Store.ROLES);

        submit("a", "eng/new/role");
        harness.on(role("eng").setMaxQueued(5).build());
        submit("a", "eng/new/role");

        assertThat(tasks).isZero();
        assertThat(harness.stored().size(Store.ROLES)).isEqualTo(roles);
        assertThat(harness.statuses("a")).extracting(TaskStatus::getSequence).containsExactly(0L, 1L);
        assertThat(harness.last("a").getState()).isEqualTo(TASK_QUEUED);
    }

    @Test
    void admitsAsManyRequestsAtOnceAsARoleMaySendInASecond() {
        harness.on(role("eng").setMaxRequestsPerSecond(3).build());

        for (int i = 0; i < 5; i++) {
            submit("t" + i, "eng");
        }

        assertAdmitted("t0", "t1", "t2");
        assertRefused("t3", Reason.REASON_ROLE_RATE_LIMITED, "role eng may send 3 requests a second");
        assertRefused("t4", Reason.REASON_ROLE_RATE_LIMITED, "role eng may send 3 requests a second");
    }

    @Test
    void admitsMoreAsElapsedTimePassesAndNeverMoreThanASecondsWorth() {
        harness.on(role("eng").setMaxRequestsPerSecond(2).build());
        submit("a", "eng");
        submit("b", "eng");

        harness.pass(250);
        submit("c", "eng");
        harness.pass(250);
        submit("d", "eng");
        submit("e", "eng");
        harness.pass(60_000);
        submit("f", "eng");
        submit("g", "eng");
        submit("h", "eng");

        assertAdmitted("a", "b", "d", "f", "g");
        for (String refused : List.of("c", "e", "h")) {
            assertRefused(refused, Reason.REASON_ROLE_RATE_LIMITED, "role eng may send 2 requests a second");
        }
    }

    @Test
    void countsRequestsWithTheRolesAboveAsWell() {
        harness.on(role("eng").setMaxRequestsPerSecond(3).build());
        harness.on(role("eng/a").setMaxRequestsPerSecond(2).build());

        submit("a0", "eng/a");
        submit("a1", "eng/a/deep");
        submit("a2", "eng/a");
        submit("b0", "eng/b");
        submit("b1", "eng/b");

        assertRefused("a2", Reason.REASON_ROLE_RATE_LIMITED, "role eng/a may send 2 requests a second");
        assertRefused("b1", Reason.REASON_ROLE_RATE_LIMITED, "role eng may send 3 requests a second");
        assertAdmitted("a0", "a1", "b0");
    }

    @Test
    void takesNothingFromARolesRateForARequestThatIsRefused() {
        harness.on(role("eng").setMaxRequestsPerSecond(1).build());
        harness.on(role("eng/a").setMaxRequestsPerSecond(2).build());
        submit("b", "eng/b");

        submit("a", "eng/a");
        harness.pass(1_000);
        submit("c", "eng/a");

        assertRefused("a", Reason.REASON_ROLE_RATE_LIMITED, "role eng may send 1 requests a second");
        assertAdmitted("c");
    }

    @Test
    void leavesOtherRolesAlone() {
        harness.on(role("eng").setMaxRequestsPerSecond(1).setMaxQueued(1).build());
        submit("a", "eng");
        submit("b", "eng");

        submit("c", "ops");
        submit("d", "engine");

        assertAdmitted("a", "c", "d");
    }

    private void submit(String id, String role) {
        harness.on(Cluster.task(id, role, 100, 1).build());
    }

    private void assertAdmitted(String... ids) {
        for (String id : ids) {
            assertThat(harness.states(id)).as(id).startsWith(TASK_QUEUED);
        }
    }

    private void assertRefused(String id, Reason reason, String message) {
        assertThat(harness.statuses(id)).as(id).hasSize(1);
        TaskStatus status = harness.statuses(id).get(0);
        assertThat(status.getSequence()).isZero();
        assertThat(status.getState()).isEqualTo(TASK_ERROR);
        assertThat(status.getTaskEnded()).isFalse();
        assertThat(status.getReason()).isEqualTo(reason);
        assertThat(status.getMessage()).isEqualTo(message);
        assertThat(harness.stored().get(Store.TASKS, POOL + '/' + id)).isNull();
    }
}
