package dev.millrace.agent.process;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what an earlier runner left in the work directory, and goes on with it. For each intent:
 *
 * <ul>
 *   <li>An agent has the claim: the attempt never started, and the claim says what to call that.
 *   <li>Nobody has the claim, and it is the same boot: this agent takes it, so the attempt never will start, and it is dropped.
 *   <li>The shim has the claim: the exit file says how it ended; or its processes live; or they are gone, and nobody knows.
 *   <li>The machine was booted since: what the disk kept counts. Nothing but an exit file does, as the rest was not waited for.
 * </ul>
 */
final class Recovery {
    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    private final String pool;
    private final WorkDirectory work;
    private final Machine machine;
    private final ConcurrentMap<AttemptId, Attempt> attempts;
    private final Supervisor supervisor;

    Recovery(
            String pool,
            WorkDirectory work,
            Machine machine,
            ConcurrentMap<AttemptId, Attempt> attempts,
            Supervisor supervisor) {
        this.pool = pool;
        this.work = work;
        this.machine = machine;
        this.attempts = attempts;
        this.supervisor = supervisor;
    }

    /** Does all of it; what ended is reported when this returns. */
    void run() throws IOException {
        for (AttemptId id : WorkDirectory.list(work.open())) {
            AttemptFiles files = work.files(id);
            Intent intent = Intent.read(files.intent(), id, pool, machine.bootId());
            Attempt attempt = new Attempt(id, intent.launch(), files);
            attempt.prepared = true;
            attempt.shimPossible = true;
            attempts.put(id, attempt);
            resume(attempt, intent);
            log.info("found {}: {}", attempt, attempt.phase);
        }
        for (AttemptId id : WorkDirectory.list(work.ends())) {
            if (!attempts.containsKey(id)) {
                Files.deleteIfExists(work.ends().resolve(id.fileName()));
            }
        }
    }

    /** An attempt whose claim cannot be looked at or taken now stays STARTING; the supervisor tries on. */
    private void resume(Attempt attempt, Intent intent) {
        Optional<AttemptEnd> neverStarted = attempt.files.agentsClaim();
        if (neverStarted.isPresent()) {
            supervisor.end(attempt, neverStarted.get());
            return;
        }
        if (!Files.isDirectory(attempt.files.directory())) {
            supervisor.end(
                    attempt, Endings.ofDeath(attempt, Reason.REASON_EXIT_UNKNOWN, "the attempt's files are gone"));
            return;
        }
        boolean sameBoot = intent.bootId().equals(machine.bootId());
        if (!attempt.files.isClaimed() && sameBoot) {
            supervisor.notStarted(
                    attempt,
                    AttemptEnd.dropped(
                            Reason.REASON_AGENT_RESTARTED, "the agent restarted before the task was started"));
        } else {
            attempt.kill = attempt.files.readKillOrder().orElse(null);
            supervisor.claimed(attempt, attempt.files.readAcknowledged());
        }
        if (attempt.phase == Attempt.Phase.STARTING || supervisor.noticeExit(attempt)) {
            return;
        }
        if (sameBoot) {
            supervisor.noticeDeath(attempt);
        } else {
            supervisor.end(
                    attempt,
                    AttemptEnd.of(
                            TaskState.TASK_FAILED,
                            Reason.REASON_AGENT_REBOOTED,
                            "the machine was booted while the task ran"));
        }
    }
}
