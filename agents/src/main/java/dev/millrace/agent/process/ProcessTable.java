package dev.millrace.agent.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The machine's living processes at one moment, by session and by parent. */
final class ProcessTable {
    private final Map<Long, List<ProcStat>> bySession = new HashMap<>();
    private final Map<Long, List<ProcStat>> byParent = new HashMap<>();
    private final Map<Long, ProcStat> byPid = new HashMap<>();

    ProcessTable(List<ProcStat> processes) {
        for (ProcStat process : processes) {
            if (process.isAlive()) {
                bySession
                        .computeIfAbsent(process.session(), session -> new ArrayList<>())
                        .add(process);
                byParent.computeIfAbsent(process.parentPid(), parent -> new ArrayList<>())
                        .add(process);
                byPid.put(process.pid(), process);
            }
        }
    }

    /** What is to be said now of a process that was seen before; empty if it has ended, whoever has its pid now. */
    Optional<ProcStat> find(ProcStat process) {
        return Optional.ofNullable(byPid.get(process.pid())).filter(process::isSameProcess);
    }

    /**
     * Is the session of that number still the attempt's? The kernel gives a number to another only when no process is left that has it as its
     * pid or session; so one that certainly is the attempt's vouches for it.
     */
    boolean holdsSession(Started started) {
        return find(started.shim()).isPresent()
                || find(started.task())
                        .filter(task -> task.session() == started.session())
                        .isPresent();
    }

    /** The living processes of a session. */
    List<ProcStat> session(long session) {
        return bySession.getOrDefault(session, List.of());
    }

    /**
     * The living processes of an attempt: those of its session, the main one wherever it is, and their descendants in other sessions. A process
     * that made a session of its own and whose parent is gone is not found. The shim is not among them.
     */
    List<ProcStat> processes(Started started) {
        List<ProcStat> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        seen.add(started.shim().pid());
        for (ProcStat process : holdsSession(started) ? session(started.session()) : List.<ProcStat>of()) {
            if (seen.add(process.pid())) {
                found.add(process);
            }
        }
        find(started.task()).filter(task -> seen.add(task.pid())).ifPresent(found::add);
        for (int i = 0; i < found.size(); i++) {
            for (ProcStat child : byParent.getOrDefault(found.get(i).pid(), List.of())) {
                if (seen.add(child.pid())) {
                    found.add(child);
                }
            }
        }
        return found;
    }
}
