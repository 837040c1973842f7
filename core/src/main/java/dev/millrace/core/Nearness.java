package dev.millrace.core;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.TaskRequest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tasks that others want to be near to, far from or spread with: by agent, and by the values of agents' attributes. A task counts
 * while it is on an agent, whatever the agent's state. Only what the rules of tasks that are not over refer to is counted, from when the first of them
 * is asked about; the counts follow from the entities alone. When a count changes, the classes that may be admitted by it are named to
 * whoever keeps the queue. Mutable; owned by the stream thread.
 */
final class Nearness {
    /** Counts that no rule refers to any more are kept, so many of them, since the same rules come again and again. */
    private static final int IDLE_COUNTS_KEPT = 64;

    /**
     * What tasks have in common: a label, or their role and job.
     *
     * @param isLabel true = a label's key and value; false = a role and a job
     */
    record Mark(boolean isLabel, String first, String second) {}

    /** How many tasks with one mark there are, and where. */
    static final class Count {
        private final Mark mark;
        private int total;
        /** By the agents' slots. */
        private int[] onAgents = new int[16];
        /** By attribute and value. */
        private final TreeMap<String, Map<String, Integer>> byValue = new TreeMap<>();
        /** The classes whose rules refer to it, by text. */
        private final TreeMap<String, RequestClass> classes = new TreeMap<>();

        private Count(Mark mark) {
            this.mark = mark;
        }

        int total() {
            return total;
        }

        int onAgent(Agent agent) {
            return agent.slot < onAgents.length ? onAgents[agent.slot] : 0;
        }

        /** How many there are on agents with that value of the attribute. */
        int at(String attribute, String value) {
            Map<String, Integer> values = byValue.get(attribute);
            if (values == null) {
                throw new IllegalStateException("nobody counts by " + attribute);
            }
            return values.getOrDefault(value, 0);
        }

        private void change(Agent agent, int by) {
            if (agent.slot >= onAgents.length) {
                onAgents = Arrays.copyOf(onAgents, Math.max(agent.slot + 1, onAgents.length * 2));
            }
            onAgents[agent.slot] += by;
            total += by;
            changeValues(agent, by);
        }

        private void changeValues(Agent agent, int by) {
            for (Map.Entry<String, Map<String, Integer>> entry : byValue.entrySet()) {
                changeValue(entry.getValue(), agent.attribute(entry.getKey()), by);
            }
        }

        private static void changeValue(Map<String, Integer> counts, @Nullable String value, int by) {
            if (value != null && counts.merge(value, by, Integer::sum) == 0) {
                counts.remove(value);
            }
        }
    }

    private final SortedMap<String, Agent> agents;
    private final CapacityIndex capacity;
    private final Map<Mark, Count> counts = new HashMap<>();
    /** All counts, for changes that concern each of them. */
    private final TreeMap<Mark, Count> allCounts = new TreeMap<>((a, b) -> {
        int byKind = Boolean.compare(a.isLabel(), b.isLabel());
        int byFirst = byKind != 0 ? byKind : a.first().compareTo(b.first());
        return byFirst != 0 ? byFirst : a.second().compareTo(b.second());
    });

    private final ArrayDeque<Count> idle = new ArrayDeque<>();
    /** The watched classes that have a must, by text. */
    private final TreeMap<String, RequestClass> withMusts = new TreeMap<>();

    private Consumer<RequestClass> lookAgain = requestClass -> {};

    /**
     * Counts what is on agents.
     *
     * @param agents all agents there are, by id
     * @param capacity the active ones
     */
    Nearness(SortedMap<String, Agent> agents, CapacityIndex capacity) {
        this.agents = agents;
        this.capacity = capacity;
    }

    /** Says who is to be told of classes that may be admitted again. */
    void tell(Consumer<RequestClass> lookAgain) {
        this.lookAgain = lookAgain;
    }

    /** The rules of such requests; null = they have none. */
    @Nullable
    NearnessRules rulesOf(TaskRequest request) {
        return request.getAffinities().isEmpty() && request.getSpreads().isEmpty()
                ? null
                : new NearnessRules(request, this);
    }

    CapacityIndex capacity() {
        return capacity;
    }

    /** From now on counts for a class what its rule refers to, by that attribute too unless it is empty. */
    Count count(Mark mark, String attribute, RequestClass requestClass) {
        Count count = counts.computeIfAbsent(mark, this::newCount);
        count.classes.put(requestClass.text, requestClass);
        if (!attribute.isEmpty() && !count.byValue.containsKey(attribute)) {
            Map<String, Integer> values = new HashMap<>();
            for (Agent agent : agents.values()) {
                int here = count.onAgent(agent);
                if (here != 0) {
                    Count.changeValue(values, agent.attribute(attribute), here);
                }
            }
            count.byValue.put(attribute, values);
        }
        return count;
    }

    /** The class has a must, so it is named when a count that may admit it changes. */
    void hasMust(RequestClass requestClass) {
        withMusts.put(requestClass.text, requestClass);
    }

    /** All tasks of the class are over. */
    void forget(RequestClass requestClass) {
        if (requestClass.nearness != null) {
            withMusts.remove(requestClass.text, requestClass);
            requestClass.nearness.unwatch(requestClass);
        }
    }

    void release(Count count, RequestClass requestClass) {
        if (!count.classes.remove(requestClass.text, requestClass) || !count.classes.isEmpty()) {
            return;
        }
        idle.add(count);
        while (idle.size() > IDLE_COUNTS_KEPT) {
            Count eldest = idle.remove();
            if (eldest.classes.isEmpty() && counts.remove(eldest.mark, eldest)) {
                allCounts.remove(eldest.mark);
            }
        }
    }

    /** A task has come onto the agent (1), or is no longer there (-1). */
    void count(Task task, Agent agent, int by) {
        if (counts.isEmpty()) {
            return;
        }
        count(new Mark(false, task.role, task.request().getJob()), agent, by);
        for (KeyValue label : task.request().getLabels()) {
            count(new Mark(true, label.getKey(), label.getValue()), agent, by);
        }
    }

    /** Names the classes that may be admitted after what was counted. */
    void announce(Task task, int by) {
        if (counts.isEmpty()) {
            return;
        }
        announce(new Mark(false, task.role, task.request().getJob()), by);
        for (KeyValue label : task.request().getLabels()) {
            announce(new Mark(true, label.getKey(), label.getValue()), by);
        }
    }

    /** An agent's attributes are about to change. */
    void attributesChange(Agent agent, Runnable change) {
        for (Count count : allCounts.values()) {
            count.changeValues(agent, -count.onAgent(agent));
        }
        change.run();
        for (Count count : allCounts.values()) {
            count.changeValues(agent, count.onAgent(agent));
        }
        agentsChanged();
    }

    /** There are more or fewer active agents, or others. */
    void agentsChanged() {
        for (RequestClass requestClass : withMusts.values()) {
            lookAgain.accept(requestClass);
        }
    }

    private Count newCount(Mark mark) {
        Count count = new Count(mark);
        for (Agent agent : agents.values()) {
            for (Task task : agent.tasks.values()) {
                if (bears(task, mark)) {
                    count.change(agent, 1);
                }
            }
        }
        allCounts.put(mark, count);
        return count;
    }

    private static boolean bears(Task task, Mark mark) {
        TaskRequest request = task.request();
        if (!mark.isLabel()) {
            return task.role.equals(mark.first()) && request.getJob().equals(mark.second());
        }
        for (KeyValue label : request.getLabels()) {
            if (label.getKey().equals(mark.first()) && label.getValue().equals(mark.second())) {
                return true;
            }
        }
        return false;
    }

    private void count(Mark mark, Agent agent, int by) {
        Count count = counts.get(mark);
        if (count != null) {
            count.change(agent, by);
        }
    }

    private void announce(Mark mark, int by) {
        Count count = counts.get(mark);
        if (count == null) {
            return;
        }
        for (RequestClass requestClass : count.classes.values()) {
            if (requestClass.nearness != null && requestClass.nearness.mayAdmitAfter(mark, by, count.total())) {
                lookAgain.accept(requestClass);
            }
        }
    }
}
