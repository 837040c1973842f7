package dev.millrace.core;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.RequestClasses;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The queue: the tasks that could be placed now if there were room, in classes. The next task is the one of highest priority, then of
 * earliest submission, among the classes that are not known to be blocked. Mutable; owned by the stream thread.
 */
final class WaitingTasks {
    /** How many constraint sets are kept for classes to come. */
    private static final int CONSTRAINT_SETS_KEPT = 1_024;

    private static final Comparator<RequestClass> BY_HEAD = Comparator.<RequestClass>comparingInt(
                    c -> -c.waiting.first().priority)
            .thenComparingLong(c -> c.waiting.first().submission);
    private static final Comparator<RequestClass> BY_CPU =
            Comparator.<RequestClass>comparingLong(c -> c.need.cpuMillis).thenComparing(c -> c.text);

    private final Nearness nearness;
    private final TreeMap<String, RequestClass> classes = new TreeMap<>();
    private final TreeSet<RequestClass> ready = new TreeSet<>(BY_HEAD);
    private final TreeSet<RequestClass> blocked = new TreeSet<>(BY_CPU);
    private final TreeSet<String> unexplained = new TreeSet<>();
    private final Map<String, ConstraintSet> constraintSets = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ConstraintSet> eldest) {
            return size() > CONSTRAINT_SETS_KEPT;
        }
    };
    private long size;

    WaitingTasks(Nearness nearness) {
        this.nearness = nearness;
    }

    /** The class of such a request: the one that has waiting tasks, else a new one that is not yet part of the queue. */
    RequestClass classOf(TaskRequest request) {
        String text = RequestClasses.text(request);
        RequestClass known = classes.get(text);
        return known != null ? known : newClass(text, request);
    }

    /** Puts a task into the queue. */
    void add(Task task) {
        RequestClass taskClass = task.requestClass();
        RequestClass known = classes.putIfAbsent(taskClass.text, taskClass);
        if (known == null) {
            taskClass.blocked = false;
            unexplained.add(taskClass.text);
            taskClass.waiting.add(task);
            ready.add(taskClass);
        } else {
            task.requestClass = known;
            boolean wasReady = ready.remove(known);
            known.waiting.add(task);
            if (wasReady) {
                ready.add(known);
            }
        }
        size++;
    }

    /** Takes a task out of the queue. True = it was the last one of its class, which is no longer part of the queue. */
    boolean remove(Task task) {
        RequestClass taskClass = task.requestClass();
        boolean wasReady = ready.remove(taskClass);
        if (!taskClass.waiting.remove(task)) {
            throw new IllegalStateException("task " + task.id + " was not in the queue");
        }
        size--;
        if (taskClass.waiting.isEmpty()) {
            classes.remove(taskClass.text);
            blocked.remove(taskClass);
            unexplained.remove(taskClass.text);
            return true;
        }
        if (wasReady) {
            ready.add(taskClass);
        }
        return false;
    }

    long size() {
        return size;
    }

    /** The class whose first task is the next in order, among those that are not blocked. */
    @Nullable
    RequestClass firstReady() {
        return ready.isEmpty() ? null : ready.first();
    }

    /** Notes that no agent fits the class at the moment. */
    void block(RequestClass requestClass) {
        ready.remove(requestClass);
        requestClass.blocked = true;
        blocked.add(requestClass);
    }

    /** Looks again at the blocked classes because an agent has got room. */
    void unblock(Agent agent, int maxTasksPerAgent) {
        if (blocked.isEmpty()) {
            return;
        }
        List<RequestClass> fitting = new ArrayList<>();
        for (RequestClass requestClass : blocked) {
            if (Amount.lacks(requestClass.need.cpuMillis, agent.free.cpuMillis)) {
                break;
            }
            if (requestClass.fits(agent, maxTasksPerAgent)) {
                fitting.add(requestClass);
            }
        }
        for (RequestClass requestClass : fitting) {
            blocked.remove(requestClass);
            requestClass.blocked = false;
            ready.add(requestClass);
        }
    }

    /** Looks again at a class, if it is a blocked one of the queue. */
    void unblock(RequestClass requestClass) {
        if (blocked.remove(requestClass)) {
            requestClass.blocked = false;
            ready.add(requestClass);
        }
    }

    /** Looks again at all blocked classes because a rule has changed. */
    void unblockAll() {
        for (RequestClass requestClass : blocked) {
            requestClass.blocked = false;
            ready.add(requestClass);
        }
        blocked.clear();
    }

    /** Notes that the class has an explanation. */
    void explained(RequestClass requestClass) {
        unexplained.remove(requestClass.text);
    }

    /** The first so many classes, in the order of their texts, that have no explanation. */
    List<RequestClass> unexplained(int most) {
        List<RequestClass> first = new ArrayList<>();
        for (String text : unexplained) {
            if (first.size() == most) {
                break;
            }
            RequestClass requestClass = classes.get(text);
            if (requestClass == null) {
                throw new IllegalStateException("class '" + text + "' is unexplained and not in the queue");
            }
            first.add(requestClass);
        }
        return first;
    }

    /** The first so many classes after the given text, going round. */
    List<RequestClass> after(String text, int most) {
        List<RequestClass> next = new ArrayList<>(most);
        addUpTo(most, classes.tailMap(text, false), next);
        addUpTo(most, classes.headMap(text, true), next);
        return next;
    }

    /** The class with that text, if it has waiting tasks. */
    @Nullable
    RequestClass named(String text) {
        return classes.get(text);
    }

    /** All classes, by text. */
    Iterable<RequestClass> classes() {
        return classes.values();
    }

    private static void addUpTo(int most, NavigableMap<String, RequestClass> from, List<RequestClass> to) {
        for (RequestClass requestClass : from.values()) {
            if (to.size() == most) {
                return;
            }
            to.add(requestClass);
        }
    }

    private RequestClass newClass(String text, TaskRequest request) {
        List<Constraint> constraints = request.getConstraints();
        List<String> scalars = Amount.of(request).scalars();
        StringBuilder key = new StringBuilder().append(scalars);
        for (Constraint constraint : constraints) {
            key.append(' ').append(RequestClasses.text(constraint));
        }
        ConstraintSet set =
                constraintSets.computeIfAbsent(key.toString(), k -> new ConstraintSet(constraints, scalars));
        return new RequestClass(text, request, set, nearness.rulesOf(request));
    }
}
