package dev.millrace.agent.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all processes of the machine again and again while there are attempts: measures the memory of those that belong to attempts, sends
 * them the signals that are due, finds attempts whose processes are gone, and kills what an attempt that is over left behind. It looks about four
 * times a second, less often where there are so many processes that this would cost more than a twentieth of a processor. Its methods are called on
 * the supervisor's thread, and it calls the supervisor there.
 */
final class Sweeper {
    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final long KILL_PERIOD_MS = 20;
    private static final long SHIM_PATIENCE_MS = 2_000;
    /** When a machine has stood still, the time is over at once; the shim needs some in which it can run. */
    private static final int SHIM_PATIENCE_SWEEPS = 10;

    /** What belongs to a session that is over is looked for twice: while it is killed it may fork once more. */
    private static final int BURIAL_SWEEPS = 2;

    private final Collection<Attempt> attempts;
    private final Machine machine;
    private final EventLoop loop;
    private final Pace pace = new Pace();
    private final List<Burial> burials = new ArrayList<>();
    private @Nullable Supervisor supervisor;
    private boolean scheduled;
    /** Counts the sweeps that were asked for, so that an earlier one makes a later one needless. */
    private long turn;

    /** What is left of a session. Its number may be another's by now, and all of that one's processes started later than it was the task's. */
    private static final class Burial {
        final long session;
        long ownedTicks;
        int sweepsLeft = BURIAL_SWEEPS;

        Burial(long session, long ownedTicks) {
            this.session = session;
            this.ownedTicks = ownedTicks;
        }
    }

    /** @param attempts a view of all attempts */
    Sweeper(Collection<Attempt> attempts, Machine machine, EventLoop loop) {
        this.attempts = attempts;
        this.machine = machine;
        this.loop = loop;
    }

    /** Tells it whom to tell of exits and deaths; to be called first. */
    void serve(Supervisor owner) {
        this.supervisor = owner;
    }

    /** There is something to look after. */
    void expect() {
        if (!scheduled) {
            schedule(PERIOD);
        }
    }

    /** There is something to be done at once. */
    void sweepSoon() {
        schedule(Duration.ZERO);
    }

    /**
     * Kills what is left of the session of a task that is over.
     *
     * @param ownedTicks a time in this boot, in ticks, at which the session certainly was the task's; the later, the more can be found
     */
    void bury(long session, long ownedTicks) {
        burials.add(new Burial(session, ownedTicks));
        expect();
    }

    /** Kills what is still to be buried, now. */
    void finishBurials() {
        while (!burials.isEmpty()) {
            long tableTicks = machine.uptimeTicks();
            bury(new ProcessTable(machine.processes()), tableTicks);
        }
    }

    private void schedule(Duration delay) {
        scheduled = true;
        long mine = ++turn;
        loop.after(delay, () -> {
            if (mine == turn) {
                try {
                    sweep();
                } catch (RuntimeException e) {
                    log.error("a sweep went wrong; there will be another", e);
                    schedule(PERIOD);
                }
            }
        });
    }

    private void sweep() {
        pace.begin();
        long tableTicks = machine.uptimeTicks();
        ProcessTable table = new ProcessTable(machine.processes());
        List<Attempt> live = attempts.stream()
                .filter(attempt -> attempt.phase != Attempt.Phase.ENDED && attempt.isForked())
                .toList();
        long uptimeMs = machine.uptimeMs();
        Duration next = PERIOD;
        for (Attempt attempt : live) {
            try {
                lookAt(attempt, table, tableTicks, uptimeMs);
            } catch (RuntimeException e) {
                log.error("cannot look after {}; the next sweep tries again", attempt, e);
            }
            next = min(next, untilSignal(attempt, uptimeMs));
        }
        bury(table, tableTicks);
        scheduled = false;
        if (!live.isEmpty() || !burials.isEmpty()) {
            schedule(pace.rest(next));
        }
    }

    private void lookAt(Attempt attempt, ProcessTable table, long tableTicks, long uptimeMs) {
        Supervisor owner = Optional.ofNullable(supervisor).orElseThrow();
        if (owner.noticeExit(attempt) || !owner.noticeClaim(attempt)) {
            return;
        }
        Started started = attempt.started;
        if (started != null && table.holdsSession(started)) {
            attempt.ownedTicks = tableTicks;
        }
        List<ProcStat> processes = started == null ? List.of() : table.processes(started);
        measure(attempt, processes);
        signal(attempt, processes, uptimeMs);
        if (started == null || processes.stream().noneMatch(started.task()::isSameProcess)) {
            if (started != null) {
                table.find(started.shim()).ifPresent(shim -> wake(attempt, shim, uptimeMs));
            }
            owner.noticeDeath(attempt);
        }
    }

    /** The most that all had at one moment, as far as it was looked at, and at least the most that any of them ever had. */
    private void measure(Attempt attempt, List<ProcStat> processes) {
        long together = 0;
        long peak = attempt.peakMemoryBytes;
        for (ProcStat process : processes) {
            Machine.Memory memory = machine.memory(process.pid());
            together += memory.residentBytes();
            peak = Math.max(peak, memory.peakBytes());
        }
        attempt.peakMemoryBytes = Math.max(peak, together);
    }

    private static void signal(Attempt attempt, List<ProcStat> processes, long uptimeMs) {
        KillOrder kill = attempt.kill;
        if (kill == null) {
            return;
        }
        boolean force = uptimeMs >= kill.deadlineUptimeMs();
        if (force || !attempt.terminated) {
            log.debug("sends {} to {} processes of {}", force ? "SIGKILL" : "SIGTERM", processes.size(), attempt);
            processes.forEach(process -> signal(process, force));
            if (!force) {
                // A stopped process does not hear SIGTERM, and would lose its grace period.
                resume(processes.stream().filter(ProcStat::isStopped).toList());
            }
            attempt.terminated = true;
        }
    }

    /**
     * The task is dead, and its shim is not: most likely it is about to note the exit. But a task can have stopped its whole process group, and
     * the shim with it. Such a one is told to go on; and one that does not come round holds up no kill.
     */
    private static void wake(Attempt attempt, ProcStat shim, long uptimeMs) {
        if (attempt.shimSilentMs == Attempt.NEVER) {
            attempt.shimSilentMs = uptimeMs;
        }
        attempt.shimSilentSweeps++;
        KillOrder kill = attempt.kill;
        boolean overdue = kill != null
                && uptimeMs >= kill.deadlineUptimeMs()
                && uptimeMs - attempt.shimSilentMs >= SHIM_PATIENCE_MS
                && attempt.shimSilentSweeps >= SHIM_PATIENCE_SWEEPS;
        if (overdue) {
            log.warn("the shim of {} does not note the task's death, and is killed", attempt);
            signal(shim, true);
        } else if (shim.isStopped()) {
            resume(List.of(shim));
        }
    }

    /** Lets stopped processes go on, which Java can't. */
    private static void resume(List<ProcStat> stopped) {
        if (stopped.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -CONT \"$@\"", "sh"));
        stopped.forEach(process -> command.add(String.valueOf(process.pid())));
        try {
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            log.warn("processes that were stopped cannot be told to go on: {}", e.toString());
        }
    }

    private static void signal(ProcStat process, boolean force) {
        Optional<ProcessHandle> handle = ProcessHandle.of(process.pid());
        boolean sent = handle.map(force ? ProcessHandle::destroyForcibly : ProcessHandle::destroy)
                .orElse(true);
        if (!sent && handle.get().isAlive()) {
            log.warn("process {} could not be signalled; it may belong to another user", process.pid());
        }
    }

    /** An attempt that is beyond its deadline is killed at each sweep, and these come as often as they may. */
    private static Duration untilSignal(Attempt attempt, long uptimeMs) {
        KillOrder kill = attempt.kill;
        return kill == null || attempt.phase == Attempt.Phase.ENDED
                ? PERIOD
                : Duration.ofMillis(Math.max(KILL_PERIOD_MS, kill.deadlineUptimeMs() - uptimeMs));
    }

    private void bury(ProcessTable table, long tableTicks) {
        for (Burial burial : burials) {
            List<ProcStat> left = table.session(burial.session);
            // As long as one process is left, the number is not another's; so one that is old enough vouches for all.
            if (left.stream().anyMatch(process -> process.startTicks() <= burial.ownedTicks)) {
                left.forEach(process -> signal(process, true));
                burial.ownedTicks = tableTicks;
            }
            burial.sweepsLeft--;
        }
        burials.removeIf(burial -> burial.sweepsLeft == 0);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
