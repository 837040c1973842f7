package dev.millrace.core;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.TaskRequest;
import dev.millrace.core.RequestClass.Place;
import dev.millrace.schemas.RequestClasses;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The queue: the tasks that could be placed now if there were room, in classes. The next task is the one of highest priority, then of
 * earliest submission, of the role that is to be served next, among the classes that are not known to wait for something. Mutable; owned
 * by the stream thread.
 */
final class WaitingTasks {
    /** How many constraint sets are kept for classes to come. */
    private static final int CONSTRAINT_SETS_KEPT = 1_024;

    private static final Comparator<RequestClass> BY_CPU =
            Comparator.<RequestClass>comparingLong(c -> c.need.cpuMillis).thenComparing(c -> c.text);

    private final Roles roles;
    private final Nearness nearness;
    /** The classes of all tasks that are not over, by text. */
    private final Map<String, RequestClass> shapes = new HashMap<>();
    /** The classes and gangs that have waiting tasks, by text. */
    private final TreeMap<String, RequestClass> classes = new TreeMap<>();

    private final TreeSet<RequestClass> blocked = new TreeSet<>(BY_CPU);
    private final TreeSet<String> unexplained = new TreeSet<>();
    private final Map<String, ConstraintSet> constraintSets = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ConstraintSet> eldest) {
            return size() > CONSTRAINT_SETS_KEPT;
        }
    };
    private long size;

    WaitingTasks(Roles roles, Nearness nearness) {
        this.roles = roles;
        this.nearness = nearness;
    }

    /**
     * The class of one more task with such a request, but for its gang. It has the task until {@link #leaveClass}.
     *
     * @param framework who launches it; empty = nobody, it is queued
     */
    RequestClass classOf(TaskRequest request, String framework) {
        String shape = RequestClasses.shape(request);
        // All texts of requests that are queued begin otherwise.
        String text = framework.isEmpty() ? shape : "framework=" + framework + ' ' + shape;
        RequestClass known = shapes.get(text);
        if (known == null) {
            known = newClass(text, request, framework);
            shapes.put(text, known);
        }
        known.tasks++;
        return known;
    }

    /** What one task with such a request would need, whatever becomes of it; it belongs to no class in use. */
    RequestClass trialClass(TaskRequest request) {
        return new RequestClass("", roles.root, request, constraints(List.of(), List.of()));
    }

    /** A task of the class is over. */
    void leaveClass(RequestClass requestClass) {
        requestClass.tasks--;
        if (requestClass.tasks == 0) {
            shapes.remove(requestClass.text);
            nearness.forget(requestClass);
        }
    }

    /** A gang without members. */
    Gang newGang(String group, String role, int size, long timeoutMs) {
        String text = RequestClasses.gang(role, group);
        return new Gang(group, roles.leaf(role), size, timeoutMs, constraints(List.of(), List.of()), text);
    }

    /** Puts a task into the queue. */
    void add(Task task) {
        RequestClass unit = task.unit();
        RequestClass known = classes.putIfAbsent(unit.text, unit);
        if (known == null) {
            unexplained.add(unit.text);
            unit.waiting.add(task);
            unit.place = placeOf(unit);
            enter(unit);
        } else {
            if (known.gang != null || RequestClass.precedes(task, known.waiting.first())) {
                takeOut(known);
                known.waiting.add(task);
                // What is known of the class is known of its first task.
                known.place = placeOf(known);
                enter(known);
            } else {
                known.waiting.add(task);
            }
        }
        size++;
    }

    /** Takes a task out of the queue. True = it was the last one of its class, which is no longer part of the queue. */
    boolean remove(Task task) {
        RequestClass unit = task.unit();
        takeOut(unit);
        boolean first = unit.waiting.first() == task;
        if (!unit.waiting.remove(task)) {
            throw new IllegalStateException("task " + task.id + " was not in the queue");
        }
        size--;
        if (unit.waiting.isEmpty()) {
            classes.remove(unit.text);
            unexplained.remove(unit.text);
            roles.readyChanged(unit.leaf);
            return true;
        }
        unit.place = unit.gang != null || first ? placeOf(unit) : unit.place;
        enter(unit);
        return false;
    }

    int classCount() {
        return classes.size();
    }

    long size() {
        return size;
    }

    /** Notes that no agent fits the class at the moment. */
    void block(RequestClass requestClass) {
        move(requestClass, Place.BLOCKED);
    }

    /** Notes that the role would have more than its limit. */
    void limit(RequestClass requestClass, Role by) {
        takeOut(requestClass);
        requestClass.place = Place.LIMITED;
        requestClass.limitedBy = by;
        enter(requestClass);
    }

    /** Notes that the class may have room. */
    void ready(RequestClass requestClass) {
        if (requestClass.place == Place.BLOCKED || requestClass.place == Place.LIMITED) {
            move(requestClass, Place.READY);
        }
    }

    /** Looks again at whether a gang in the queue is ready, because its members are others. */
    void recheck(Gang gang) {
        if (classes.get(gang.unit.text) == gang.unit) {
            move(gang.unit, placeOf(gang.unit));
        }
    }

    /**
     * Looks again at the blocked classes because an agent has got room.
     *
     * @param holder a task for which the agent is held, and whose room others may have for a time; null = there is none
     */
    void unblock(Agent agent, int maxTasksPerAgent, @Nullable Task holder) {
        if (blocked.isEmpty()) {
            return;
        }
        List<RequestClass> fitting = new ArrayList<>();
        for (RequestClass requestClass : blocked) {
            if (Amount.lacks(requestClass.need.cpuMillis, agent.free.cpuMillis)) {
                break;
            }
            boolean fits = requestClass.gang == null
                    && (requestClass.fits(agent, maxTasksPerAgent)
                            || (holder != null && requestClass.fits(agent, maxTasksPerAgent, holder)));
            if (fits) {
                fitting.add(requestClass);
            }
        }
        fitting.forEach(this::ready);
    }

    /** Looks again at the classes that wait for a role's limit, because it has less, or its limit is another. */
    void unlimit(Role leaf) {
        for (Role role = leaf; role != null; role = role.parent) {
            if (!role.limited.isEmpty()) {
                for (RequestClass requestClass : List.copyOf(role.limited)) {
                    if (roles.limiting(requestClass) != role) {
                        ready(requestClass);
                    }
                }
            }
        }
    }

    /** Looks again at what waits for the role's limit, because the limit is another. */
    void recheckLimits(Role role) {
        List.copyOf(role.limited).forEach(this::ready);
    }

    /** Looks again at a class because other tasks are elsewhere. */
    void lookAgain(RequestClass requestClass) {
        if (classes.get(requestClass.text) == requestClass) {
            ready(requestClass);
        }
    }

    /** Looks again at all blocked classes because a rule has changed. */
    void unblockAll() {
        for (RequestClass requestClass : List.copyOf(blocked)) {
            if (requestClass.gang == null) {
                ready(requestClass);
            }
        }
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

    private void move(RequestClass requestClass, Place to) {
        takeOut(requestClass);
        requestClass.limitedBy = null;
        requestClass.place = to;
        enter(requestClass);
    }

    /** What a class may expect of which nothing else is known. */
    private static Place placeOf(RequestClass unit) {
        if (unit.gang == null) {
            return Place.READY;
        }
        return unit.gang.isReady() ? (unit.gang.tried ? Place.BLOCKED : Place.READY) : Place.INCOMPLETE;
    }

    private void enter(RequestClass requestClass) {
        Role leaf = requestClass.leaf;
        if (requestClass.place == Place.READY) {
            leaf.ready.add(requestClass);
        } else {
            leaf.stalled.add(requestClass);
            if (requestClass.place == Place.BLOCKED) {
                blocked.add(requestClass);
            } else if (requestClass.limitedBy != null) {
                requestClass.limitedBy.limited.add(requestClass);
            }
        }
        roles.readyChanged(leaf);
    }

    /** Takes a class out of the order, before what it goes by changes. The roles are told once it is in again, or is gone. */
    private void takeOut(RequestClass requestClass) {
        Role leaf = requestClass.leaf;
        if (requestClass.place == Place.READY) {
            leaf.ready.remove(requestClass);
            return;
        }
        leaf.stalled.remove(requestClass);
        if (requestClass.place == Place.BLOCKED) {
            blocked.remove(requestClass);
        } else if (requestClass.limitedBy != null) {
            requestClass.limitedBy.limited.remove(requestClass);
        }
    }

    private static void addUpTo(int most, NavigableMap<String, RequestClass> from, List<RequestClass> to) {
        for (RequestClass requestClass : from.values()) {
            if (to.size() == most) {
                return;
            }
            to.add(requestClass);
        }
    }

    private RequestClass newClass(String text, TaskRequest request, String framework) {
        Amount need = Amount.of(request);
        return new RequestClass(
                text,
                roles.leaf(request.getRole(), framework),
                request,
                constraints(request.getConstraints(), need.scalars()),
                nearness.rulesOf(request));
    }

    private ConstraintSet constraints(List<Constraint> constraints, List<String> scalars) {
        StringBuilder key = new StringBuilder().append(scalars);
        for (Constraint constraint : constraints) {
            key.append(' ').append(RequestClasses.text(constraint));
        }
        return constraintSets.computeIfAbsent(key.toString(), k -> new ConstraintSet(constraints, scalars));
    }
}
