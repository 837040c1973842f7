package dev.millrace.core;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import dev.millrace.core.Nearness.Count;
import dev.millrace.core.Nearness.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of a class must be, or want to be, near to, far from and spread over. The first of a group of tasks that must be near each
 * other is near them wherever there is a place to be near at. Mutable; owned by the stream thread.
 */
final class NearnessRules {
    private final Nearness nearness;
    private final List<Affinity> affinities;
    private final List<Spread> spreads;
    private final List<Mark> labels;
    private final Mark group;
    /** By affinity: whether the tasks themselves carry the label. */
    private final boolean[] own;
    /** What is counted for the affinities and at last for the spreads; null = not watched. */
    private @Nullable List<Count> counts;

    private final boolean hasMusts;
    private final long bestScore;

    NearnessRules(TaskRequest request, Nearness nearness) {
        this.nearness = nearness;
        affinities = request.getAffinities();
        spreads = request.getSpreads();
        labels = affinities.stream()
                .map(affinity -> new Mark(true, affinity.getLabelKey(), affinity.getLabelValue()))
                .toList();
        group = new Mark(false, request.getRole(), request.getJob());
        own = new boolean[affinities.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = carries(request, affinities.get(i));
        }
        hasMusts = affinities.stream().anyMatch(Affinity::getRequired)
                || spreads.stream().anyMatch(Spread::getRequired);
        bestScore = affinities.stream()
                        .filter(affinity -> !affinity.getRequired())
                        .mapToLong(Affinity::getWeight)
                        .sum()
                + spreads.stream()
                        .filter(spread -> !spread.getRequired())
                        .mapToLong(Spread::getWeight)
                        .sum();
    }

    /** The score of an agent where all wishes are met; 0 = there are no wishes. */
    long bestScore() {
        return bestScore;
    }

    /** Whether all musts are met on the agent, which is an active one. */
    boolean admits(RequestClass requestClass, Agent agent) {
        List<Count> known = watched(requestClass);
        for (int i = 0; i < affinities.size(); i++) {
            if (affinities.get(i).getRequired() && !isMet(i, known.get(i), agent)) {
                return false;
            }
        }
        for (int i = 0; i < spreads.size(); i++) {
            if (spreads.get(i).getRequired() && !isMet(spreads.get(i), known.get(affinities.size()), agent)) {
                return false;
            }
        }
        return true;
    }

    /** The sum of the weights of the wishes that are met on the agent. */
    long score(RequestClass requestClass, Agent agent) {
        List<Count> known = watched(requestClass);
        long score = 0;
        for (int i = 0; i < affinities.size(); i++) {
            Affinity affinity = affinities.get(i);
            score += !affinity.getRequired() && isMet(i, known.get(i), agent) ? affinity.getWeight() : 0;
        }
        for (Spread spread : spreads) {
            score += !spread.getRequired() && isMet(spread, known.get(affinities.size()), agent)
                    ? spread.getWeight()
                    : 0;
        }
        return score;
    }

    /** Names the musts that are not met on the agent. */
    void unmet(RequestClass requestClass, Agent agent, Consumer<Affinity> near, Consumer<Spread> even) {
        List<Count> known = watched(requestClass);
        for (int i = 0; i < affinities.size(); i++) {
            if (affinities.get(i).getRequired() && !isMet(i, known.get(i), agent)) {
                near.accept(affinities.get(i));
            }
        }
        for (Spread spread : spreads) {
            if (spread.getRequired() && !isMet(spread, known.get(affinities.size()), agent)) {
                even.accept(spread);
            }
        }
    }

    /** Whether a class that no agent does for may be admitted after that many tasks more of the mark. */
    boolean mayAdmitAfter(Mark mark, int more, int total) {
        if (!hasMusts) {
            return false;
        }
        for (int i = 0; i < affinities.size(); i++) {
            Affinity affinity = affinities.get(i);
            if (affinity.getRequired() && labels.get(i).equals(mark)) {
                boolean admits = affinity.getAnti() ? more < 0 : more > 0 || (own[i] && total == 0);
                if (admits) {
                    return true;
                }
            }
        }
        return mark.equals(group) && spreads.stream().anyMatch(Spread::getRequired);
    }

    /** Nothing needs to be counted for the class any more. */
    void unwatch(RequestClass requestClass) {
        if (counts != null) {
            for (Count count : counts) {
                nearness.release(count, requestClass);
            }
            for (Spread spread : spreads) {
                nearness.capacity().values().release(spread.getAttribute());
            }
            counts = null;
        }
    }

    /** From now on what the class asks about is counted. To be called before counts are changed for a trial. */
    void watch(RequestClass requestClass) {
        watched(requestClass);
    }

    private List<Count> watched(RequestClass requestClass) {
        if (counts == null) {
            counts = new ArrayList<>();
            for (int i = 0; i < affinities.size(); i++) {
                counts.add(nearness.count(labels.get(i), affinities.get(i).getAttribute(), requestClass));
            }
            for (int i = 0; i < spreads.size(); i++) {
                String attribute = spreads.get(i).getAttribute();
                Count count = nearness.count(group, attribute, requestClass);
                nearness.capacity().countValues(attribute);
                if (i == 0) {
                    counts.add(count);
                }
            }
            if (hasMusts) {
                nearness.hasMust(requestClass);
            }
        }
        return counts;
    }

    private boolean isMet(int index, Count count, Agent agent) {
        Affinity affinity = affinities.get(index);
        String attribute = affinity.getAttribute();
        String value = attribute.isEmpty() ? null : agent.attribute(attribute);
        int near;
        if (attribute.isEmpty()) {
            near = count.onAgent(agent);
        } else {
            near = value == null ? 0 : count.at(attribute, value);
        }
        if (affinity.getAnti()) {
            return near == 0;
        }
        boolean isPlace = attribute.isEmpty() || value != null;
        return near > 0 || (own[index] && isPlace && count.total() == 0);
    }

    /** Whether the agent's value of the attribute may have one more of the tasks: no more than its share of all of them, rounded up. */
    private boolean isMet(Spread spread, Count count, Agent agent) {
        String value = agent.attribute(spread.getAttribute());
        if (value == null) {
            return false;
        }
        AttributeValues values = nearness.capacity().values();
        long sharesMilli = 0;
        long unnamed = values.size(spread.getAttribute());
        SpreadTarget own = null;
        for (SpreadTarget target : spread.getTargets()) {
            sharesMilli += target.getShareMilli();
            unnamed -= values.has(spread.getAttribute(), target.getValue()) ? 1 : 0;
            own = target.getValue().equals(value) ? target : own;
        }
        long tasks = count.total() + 1L;
        long here = count.at(spread.getAttribute(), value) + 1L;
        return own != null
                ? here <= ceilOf(tasks * own.getShareMilli(), 1_000)
                : unnamed > 0 && here <= ceilOf(tasks * (1_000 - sharesMilli), 1_000 * unnamed);
    }

    private static long ceilOf(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    private static boolean carries(TaskRequest request, Affinity affinity) {
        for (KeyValue label : request.getLabels()) {
            if (label.getKey().equals(affinity.getLabelKey())
                    && label.getValue().equals(affinity.getLabelValue())) {
                return true;
            }
        }
        return false;
    }
}
