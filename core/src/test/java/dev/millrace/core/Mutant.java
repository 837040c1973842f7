package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A fault that can be put into the core.
 *
 * @param breaks what the scheduler does wrong with it
 * @param type the class that it is put into
 * @param original what the source says; it does so once
 * @param replacement what it says instead
 */
record Mutant(String breaks, String type, String original, String replacement) {
    /** Faults of many kinds, each in one place; those that are found soonest first. */
    static final List<Mutant> ALL = List.of(
            new Mutant(
                    "gives back only the cores of an attempt that has ended",
                    "Agent",
                    "free.add(requestClass.need);",
                    "free.cpuMillis += requestClass.need.cpuMillis;"),
            new Mutant(
                    "gives the next attempt the number of the one that has ended, so that an attempt is launched twice",
                    "Tasks",
                    "task.attempt++;",
                    ""),
            new Mutant(
                    "lets elapsed time follow the broker's clock when that jumps forwards",
                    "Clocks",
                    "Math.min(Math.max(0, timestampMs - wallMs), 2 * intervalMs)",
                    "Math.max(0, timestampMs - wallMs)"),
            new Mutant(
                    "does not store when it last heard of an agent",
                    "Agents",
                    "state.byHeard.add(agent);\n            state.touch(agent);",
                    "state.byHeard.add(agent);"),
            new Mutant(
                    "forgets at a restart what frameworks have declined",
                    "Shard",
                    "pool(saved.getPool()).state().frameworks.filters.restore(saved);",
                    "saved.getPool();"),
            new Mutant(
                    "gives ports to one task that another one has",
                    "Agent",
                    "ports.take(requestClass.ports, task.ports);",
                    "ports.take(requestClass.ports, List.of());"),
            new Mutant(
                    "goes through an agent's tasks in the order of a hash set",
                    "Agents",
                    "for (Task task : agent.tasks.values()) {",
                    "for (Task task : new java.util.HashSet<>(agent.tasks.values())) {"),
            new Mutant(
                    "launches only the first two members of a gang",
                    "Placement",
                    "List<Task> members = List.copyOf(gang.unit.waiting);",
                    "List<Task> members = gang.unit.waiting.stream().limit(2).toList();"),
            new Mutant(
                    "settles once more with a registration that the log has twice, though its list of tasks is old",
                    "Agents",
                    "known != null && known.incarnation == registered.getIncarnation()",
                    "known != null && !known.isActive() && known.incarnation == registered.getIncarnation()"),
            new Mutant(
                    "says that an attempt which a lost disk may have run never started",
                    "Tasks",
                    "boolean neverStarted = sameWorkDir && !task.started();",
                    "boolean neverStarted = !task.started();"),
            new Mutant(
                    "gives an agent up before its lease is over",
                    "Agent",
                    "return heardMs + terms.getUnreachableTimeoutMs() + bucketMs();",
                    "return heardMs + terms.getUnreachableTimeoutMs() / 2;"),
            new Mutant(
                    "waits for the end of an unreachable policy by the wall clock",
                    "AgentLosses",
                    "task.timerMs <= state.clocks.elapsedMs() ? task : null",
                    "task.timerMs <= state.clocks.wallMs() ? task : null"),
            new Mutant(
                    "forgets at a restart that a kill was asked for",
                    "Task",
                    "task.killRequested = saved.getKillRequested();",
                    ""),
            new Mutant(
                    "does not count a status after TASK_UNREACHABLE",
                    "Statuses",
                    "task.sequence++;",
                    "task.sequence += task.state == TaskState.TASK_UNREACHABLE ? 0 : 1;"),
            new Mutant(
                    "leaves what is offered or held out of a role's limit",
                    "Roles",
                    "!role.limit.admits(used(role, ownHold), need)",
                    "!role.limit.admits(role.allocated, need)"),
            new Mutant("charges nothing for an orphan", "Agent", "free.subtract(Amount.of(orphan.resources()));", ""),
            new Mutant(
                    "takes calls from a framework's process that another one has followed",
                    "FrameworkCalls",
                    "if (framework.incarnation != caller.incarnation()) {",
                    "if (framework.incarnation == 0) {"),
            new Mutant(
                    "leaves an offer out that was used",
                    "Acceptance",
                    "state.frameworks.remove(offer, out);\n        }\n        if (!wrong.isEmpty()) {",
                    "}\n        if (!wrong.isEmpty()) {"),
            new Mutant(
                    "does not look again at what waits when an agent gets room",
                    "PoolState",
                    "waiting.unblock(agent, settings.getMaxTasksPerAgent(), starvingHolder(agent));",
                    ""),
            new Mutant(
                    "still counts tasks as near that have ended",
                    "Occupancy",
                    "state.nearness.count(task, agent, -1);\n        state.nearness.announce(task, -1);",
                    "state.nearness.announce(task, -1);"));

    /** The class's source with the fault in it. */
    String source() throws IOException {
        String source = Files.readString(Path.of("src/main/java/dev/millrace/core", type + ".java"));
        assertThat(source.split(Pattern.quote(original), -1))
                .as("places in %s for the fault: %s", type, original)
                .hasSize(2);
        return source.replace(original, replacement);
    }
}
