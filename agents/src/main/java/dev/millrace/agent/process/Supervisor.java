package dev.millrace.agent.process;

import dev.millrace.contract.KillTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of attempts: it takes notice of claims, exits, deaths and orders, and reports. All methods are called on its thread, the
 * event loop's, and each may be called again for what is long decided; the phase tells.
 */
final class Supervisor {
    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    /** A shim needs a few ms from its fork to its claim; one that needs longer is looked after by the sweeps. */
    private static final Duration CLAIM_POLL_PERIOD = Duration.ofMillis(2);

    /** A pid comes round again only after all others, which takes longer than this. */
    private static final long UNUSED_TICKS = 100;

    private static final long CLAIM_POLL_NS = Duration.ofSeconds(1).toNanos();
    private static final Duration BEFORE_RETRY = Duration.ofSeconds(1);
    private static final int REMEMBERED_ENDS = 10_000;

    private final ConcurrentMap<AttemptId, Attempt> attempts;
    private final Machine machine;
    private final EventLoop loop;
    private final Reporter reporter;
    private final LogShipper output;
    private final Sweeper sweeper;

    private final Deque<Attempt> unclaimed = new ArrayDeque<>();
    /** The last reports of attempts that are closed, for schedulers that missed them. */
    private final Map<AttemptId, TaskReport> ends = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AttemptId, TaskReport> eldest) {
            return size() > REMEMBERED_ENDS;
        }
    };

    Supervisor(
            ConcurrentMap<AttemptId, Attempt> attempts,
            Machine machine,
            EventLoop loop,
            Reporter reporter,
            LogShipper output,
            Sweeper sweeper) {
        this.attempts = attempts;
        this.machine = machine;
        this.loop = loop;
        this.reporter = reporter;
        this.output = output;
        this.sweeper = sweeper;
    }

    /** The shim of an attempt was forked. */
    void forked(Attempt attempt, Process shim) {
        attempt.shim = shim;
        attempt.forkedNs = System.nanoTime();
        if (unclaimed.isEmpty()) {
            loop.after(CLAIM_POLL_PERIOD, this::pollClaims);
        }
        unclaimed.add(attempt);
        sweeper.expect();
        var unused = shim.onExit().thenRun(() -> loop.execute(() -> shimGone(attempt)));
    }

    private void pollClaims() {
        long nowNs = System.nanoTime();
        try {
            unclaimed.removeIf(attempt -> noticeClaim(attempt) || nowNs - attempt.forkedNs > CLAIM_POLL_NS);
        } finally {
            if (!unclaimed.isEmpty()) {
                loop.after(CLAIM_POLL_PERIOD, this::pollClaims);
            }
        }
    }

    /** Looks whether the claim of an attempt was taken; false if it is still free. */
    boolean noticeClaim(Attempt attempt) {
        if (attempt.phase == Attempt.Phase.STARTING && attempt.prepared && attempt.files.isClaimed()) {
            claimed(attempt, 0);
        }
        return attempt.phase != Attempt.Phase.STARTING;
    }

    /**
     * The shim of an attempt has the claim.
     *
     * @param acknowledgedSequence up to which report it is known to be known
     */
    void claimed(Attempt attempt, long acknowledgedSequence) {
        attempt.started = attempt.files
                .readStarted()
                .filter(started -> started.bootId().equals(machine.bootId()))
                .orElse(null);
        attempt.startedAt = attempt.files.startedAt().orElse(null);
        if (attempt.started != null && machine.isAlive(attempt.started.shim())) {
            attempt.ownedTicks = machine.uptimeTicks();
        }
        attempt.phase = Attempt.Phase.RUNNING;
        attempt.outputPublished = false;
        reporter.running(attempt, acknowledgedSequence);
        output.follow(attempt.id, attempt.files);
        sweeper.expect();
        armTimeLimit(attempt);
        if (attempt.kill != null) {
            carryOut(attempt, attempt.kill);
        }
    }

    /**
     * An attempt was not forked, or its shim came to nothing, or it is to be killed before it starts. It never starts, unless a shim has the claim
     * after all. While the disk does not let the claim be taken, a slow shim may yet have it; so nothing is said before that is decided.
     */
    void notStarted(Attempt attempt, AttemptEnd end) {
        if (attempt.phase != Attempt.Phase.STARTING) {
            return;
        }
        AttemptEnd cancelled = attempt.cancelled;
        AttemptEnd as = cancelled == null ? end : cancelled;
        try {
            if (noticeClaim(attempt)) {
                return;
            }
            if (attempt.files.takeClaim(as)) {
                end(attempt, as);
            } else {
                claimed(attempt, 0);
            }
        } catch (IOException | IllegalStateException e) {
            if (attempt.shimPossible) {
                retryClaim(attempt, end, e);
            } else {
                log.debug("the claim of {}, which nobody else wants, could not be taken", attempt, e);
                end(attempt, as);
            }
        }
    }

    /** Whoever looks at the attempt meanwhile comes to the same point; one of them tries again. */
    private void retryClaim(Attempt attempt, AttemptEnd end, Exception cause) {
        if (attempt.claimRetried) {
            return;
        }
        attempt.claimRetried = true;
        log.warn("the claim of {} could not be taken, which is tried again: {}", attempt, cause.toString());
        loop.after(BEFORE_RETRY, () -> {
            attempt.claimRetried = false;
            notStarted(attempt, end);
        });
    }

    /** Looks whether an attempt's process has exited. */
    boolean noticeExit(Attempt attempt) {
        if (attempt.phase == Attempt.Phase.ENDED) {
            return true;
        }
        Optional<Exit> exit = attempt.prepared ? attempt.files.readExit() : Optional.empty();
        if (exit.isEmpty()) {
            return false;
        }
        if (!noticeClaim(attempt)) {
            notStarted(attempt, Endings.ofShim(attempt));
            return true;
        }
        Long uptimeMs = exit.get().uptimeMs();
        if (uptimeMs != null) {
            attempt.exitTicks = uptimeMs / ProcStat.MS_PER_TICK;
        }
        end(attempt, Endings.ofExit(attempt, exit.get()));
        return true;
    }

    private void shimGone(Attempt attempt) {
        if (noticeExit(attempt)) {
            return;
        }
        if (!noticeClaim(attempt)) {
            notStarted(attempt, Endings.ofShim(attempt));
        } else {
            noticeDeath(attempt);
        }
    }

    /** Looks whether an attempt's processes are gone without a word. */
    void noticeDeath(Attempt attempt) {
        Started started = attempt.started;
        boolean alive = attempt.phase != Attempt.Phase.RUNNING
                || (started != null && (machine.isAlive(started.task()) || machine.isAlive(started.shim())));
        // A shim writes the exit file before it dies, so one that is not there after its death will never be.
        if (!alive && !noticeExit(attempt)) {
            end(
                    attempt,
                    Endings.ofDeath(attempt, Reason.REASON_EXIT_UNKNOWN, "the process is gone and left no exit code"));
        }
    }

    /** An attempt is over: says so, and lets it go once that and all its output are safe. */
    void end(Attempt attempt, AttemptEnd end) {
        attempt.phase = Attempt.Phase.ENDED;
        attempt.disarm.run();
        bury(attempt);
        reporter.ended(attempt, end, () -> {
            attempt.endAcknowledged = true;
            closeIfSafe(attempt);
        });
        if (!attempt.outputPublished) {
            output.finish(
                    attempt.id,
                    () -> loop.execute(() -> {
                        attempt.outputPublished = true;
                        closeIfSafe(attempt);
                    }));
        }
    }

    /**
     * Sees to what a task left behind in its session, but not in one that only bears the same number: pids are used again, and after a boot from
     * the beginning. That the session was the task's is known of the moment at which its shim noted the exit, or else of the last at which this
     * agent saw it alive. Where neither is known, nothing is touched.
     */
    private void bury(Attempt attempt) {
        Started started = attempt.started;
        if (started == null) {
            return;
        }
        if (attempt.exitTicks != Attempt.NEVER) {
            sweeper.bury(started.session(), attempt.exitTicks);
        } else if (attempt.ownedTicks != Attempt.NEVER) {
            sweeper.bury(started.session(), Math.min(attempt.ownedTicks + UNUSED_TICKS, machine.uptimeTicks()));
        }
    }

    private void closeIfSafe(Attempt attempt) {
        TaskReport end = attempt.end;
        if (!attempt.endAcknowledged || !attempt.outputPublished || end == null) {
            return;
        }
        try {
            attempt.files.close();
        } catch (IOException e) {
            log.warn("a restarted agent will report the end of {} again, which is harmless: {}", attempt, e.toString());
        }
        ends.put(attempt.id, end);
        attempts.remove(attempt.id);
    }

    /** An attempt was launched that the runner did not have. What it may know of an earlier one of that name is of another life. */
    void accepted(Attempt attempt) {
        ends.remove(attempt.id);
    }

    /**
     * An attempt was launched whose name an earlier one had, which is over, and whose files are still here. The scheduler forgets tasks sooner
     * than an agent removes files, so it may well be a new task of an old id. It is dropped, and so goes on with its next attempt. Were it the
     * earlier one, launched twice, then nothing would come of this report: the scheduler has the earlier one's end, which was acknowledged.
     */
    void nameIsTaken(Attempt attempt) {
        AttemptEnd cancelled = attempt.cancelled;
        end(attempt, cancelled == null ? nameTaken() : cancelled);
    }

    /** An attempt was launched that the runner has. It may be the same once more, unless the scheduler knows that this one is over. */
    void launchedAgain(Attempt known, Attempt again) {
        if (known.endAcknowledged) {
            reporter.ended(again, nameTaken(), () -> {});
            known.end = again.end;
            // The known one may have been closed since it was found.
            ends.put(known.id, again.end);
        } else {
            log.info("{} is known; another launch of it is ignored", known);
        }
    }

    private static AttemptEnd nameTaken() {
        return AttemptEnd.dropped(
                Reason.REASON_CONTAINER_LAUNCH_FAILED,
                "an attempt of this name was here before, and its files still are");
    }

    /** Ends an attempt because the scheduler says so. */
    void kill(KillTask order) {
        AttemptId id = AttemptId.of(order);
        Attempt attempt = attempts.get(id);
        TaskReport end = attempt == null ? ends.get(id) : attempt.end;
        if (end != null) {
            // The scheduler does not know of the end, or it would not ask.
            reporter.again(end);
        } else if (attempt == null) {
            log.info("a kill for {}, which is not known here, is ignored", id);
        } else {
            kill(attempt, order);
        }
    }

    private void kill(Attempt attempt, KillTask order) {
        String message = order.getMessage().isEmpty() ? "killed" : "killed: " + order.getMessage();
        Long graceMs = order.getGracePeriodMs();
        long grace = graceMs == null ? gracePeriodMs(attempt) : graceMs;
        KillOrder kill = new KillOrder(KillOrder.Cause.KILL_REQUESTED, machine.uptimeMs() + grace, message);
        if (noticeClaim(attempt)) {
            if (!noticeExit(attempt)) {
                order(attempt, kill);
            }
            return;
        }
        // For the case that its shim has the claim in the end.
        attempt.kill = attempt.kill == null ? kill : attempt.kill.and(kill);
        AttemptEnd end = AttemptEnd.of(TaskState.TASK_KILLED, Reason.REASON_TASK_KILLED_DURING_LAUNCH, message);
        attempt.cancelled = end;
        if (attempt.prepared) {
            notStarted(attempt, end);
        } else {
            log.debug("{} has not all its files yet; whoever makes them will find it cancelled", attempt);
        }
    }

    private void armTimeLimit(Attempt attempt) {
        Long maxRunTimeMs = attempt.launch.getRequest().getMaxRunTimeMs();
        Started started = attempt.started;
        if (maxRunTimeMs != null && started != null) {
            long ranMs = machine.uptimeMs() - started.task().startTicks() * ProcStat.MS_PER_TICK;
            attempt.disarm = loop.cancellable(
                    Duration.ofMillis(Math.max(0, maxRunTimeMs - ranMs)),
                    () -> timeLimitReached(attempt, maxRunTimeMs));
        }
    }

    private void timeLimitReached(Attempt attempt, long maxRunTimeMs) {
        if (attempt.phase == Attempt.Phase.RUNNING && !noticeExit(attempt)) {
            order(
                    attempt,
                    new KillOrder(
                            KillOrder.Cause.MAX_RUN_TIME,
                            machine.uptimeMs() + gracePeriodMs(attempt),
                            "ran for longer than " + maxRunTimeMs + " ms"));
        }
    }

    private static long gracePeriodMs(Attempt attempt) {
        return attempt.launch.getRequest().getKillPolicy().getGracePeriodMs();
    }

    private void order(Attempt attempt, KillOrder order) {
        KillOrder all = attempt.kill == null ? order : attempt.kill.and(order);
        if (all.equals(attempt.kill)) {
            return;
        }
        attempt.kill = all;
        carryOut(attempt, all);
    }

    private void carryOut(Attempt attempt, KillOrder all) {
        reporter.killing(attempt);
        try {
            attempt.files.writeKillOrder(all);
        } catch (IOException e) {
            log.warn(
                    "should the agent restart now, it will not know that {} is being killed: {}",
                    attempt,
                    e.toString());
        }
        sweeper.sweepSoon();
    }
}
