package dev.millrace.agent.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The machine's processes at one moment, by session and by parent. */
final class ProcessTable {
    private final Map<Long, List<ProcStat>> bySession = new HashMap<>();
    private final Map<Long, List<ProcStat>> byParent = new HashMap<>();

    ProcessTable(List<ProcStat> processes) {
        for (ProcStat process : processes) {
            if (process.isAlive()) {
                bySession
                        .computeIfAbsent(process.session(), session -> new ArrayList<>())
                        .add(process);
                byParent.computeIfAbsent(process.parentPid(), parent -> new ArrayList<>())
                        .add(process);
            }
        }
    }

    /** The living processes of a session. */
    List<ProcStat> session(long session) {
        return bySession.getOrDefault(session, List.of());
    }

    /**
     * The living processes of an attempt: those of its session, and their descendants in other sessions. A process that made a session of its
     * own and whose parent is gone is not found. The shim is not among them.
     */
    List<ProcStat> processes(Started started) {
        List<ProcStat> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        seen.add(started.shim().pid());
        for (ProcStat process : session(started.session())) {
            if (seen.add(process.pid())) {
                found.add(process);
            }
        }
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
