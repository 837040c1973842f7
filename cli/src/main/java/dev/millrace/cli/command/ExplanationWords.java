package dev.millrace.cli.command;

import dev.millrace.cli.output.GangWords;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.QuotaWords;
import dev.millrace.cli.output.WaitingWords;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskFilter;
import dev.millrace.client.TaskView;
import dev.millrace.contract.Gang;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.TaskRequest;
import dev.millrace.core.RoleReport;
import dev.millrace.core.TaskExplanation;
import dev.millrace.state.SavedGang;
import dev.millrace.state.SavedHold;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says why a task waits for resources, with the numbers that the kind of its reason is about. */
final class ExplanationWords {
    private final TaskView task;
    private final TaskExplanation explanation;
    private final Optional<SavedGang> gang;
    private final ReadModel model;
    private final long elapsedMs;

    ExplanationWords(TaskView task, TaskExplanation explanation, ReadModel model) {
        this.task = task;
        this.explanation = explanation;
        this.gang = gang(task, model);
        this.model = model;
        this.elapsedMs =
                model.clock(task.pool()).map(clock -> clock.getElapsedMs()).orElse(0L);
    }

    /** The gang that a task belongs to, as it stands. */
    static Optional<SavedGang> gang(TaskView task, ReadModel model) {
        return task.request()
                .map(TaskRequest::getGang)
                .map(Gang::getGroup)
                .flatMap(group -> model.gang(task.pool(), group));
    }

    /** Lines: the reason, what excludes agents, what is held for it, and how its role stands. */
    List<String> lines(PendingExplained why) {
        var lines = new ArrayList<String>();
        lines.add(reason(why));
        WaitingWords.vetoes(why).forEach(veto -> lines.add("  " + veto));
        tooFewAgents(why).ifPresent(lines::add);
        var hold = task.task().getHold();
        if (hold != null) {
            lines.add(hold(hold));
        }
        report(explanation.role()).ifPresent(role -> lines.add(standing(role)));
        return lines;
    }

    private String reason(PendingExplained why) {
        return switch (why.getKind()) {
            case ROLE_LIMIT ->
                report(why.getSubject()).map(ExplanationWords::limit).orElse(WaitingWords.reason(why));
            case GANG_INCOMPLETE -> gang.map(this::missing).orElse(WaitingWords.reason(why));
            default -> WaitingWords.reason(why);
        };
    }

    private static String limit(RoleReport role) {
        var limit = role.limit();
        return "It waits for the limit of role " + role.role()
                + (limit == null ? "." : ": " + QuotaWords.use(limit, RoleWords.inUse(role)) + " in use.");
    }

    private String missing(SavedGang incomplete) {
        int missing = incomplete.getSize() - incomplete.getArrived();
        long leftMs = incomplete.getSinceMs() + incomplete.getTimeoutMs() - elapsedMs;
        return "It waits for " + missing + " more " + (missing == 1 ? "member" : "members") + " of its gang "
                + incomplete.getGroup() + ", " + duration(leftMs) + " at the most.";
    }

    private Optional<String> tooFewAgents(PendingExplained why) {
        if (why.getKind() != PendingKind.GANG_WAITS) {
            // All tasks of a pool may be many to look through for nothing.
            return Optional.empty();
        }
        var live = model.tasks(TaskFilter.all().inPool(task.pool()).live()).stream()
                .flatMap(view -> view.request().stream())
                .toList();
        return task.request().flatMap(request -> GangWords.tooFewAgents(why, request, live));
    }

    private String hold(SavedHold hold) {
        var why = switch (hold.getKind()) {
            case HOLD_PREEMPTION -> " while tasks that give way to it end there";
            case HOLD_STARVATION -> ", since it has waited for long";
            case HOLD_GANG -> " as a member of its gang";
            case HOLD_UNKNOWN -> "";
        };
        var room = hold.getRoomByMs() < 0
                ? "it is not known when there will be room"
                : "room at the latest in " + duration(hold.getRoomByMs() - elapsedMs);
        return "Agent " + hold.getAgentId() + " is held for it" + why + "; " + room + ".";
    }

    private static String standing(RoleReport role) {
        var words = new ArrayList<String>();
        words.add("weight " + Human.milli(role.weightMilli()));
        words.add("share " + RoleWords.percent(role.shareMicros()));
        if (role.guarantee() != null) {
            words.add("guarantee " + QuotaWords.of(role.guarantee()));
        }
        if (role.limit() != null) {
            words.add("limit " + QuotaWords.of(role.limit()));
        }
        words.add(role.running() + " on agents");
        words.add(role.queued() + " queued");
        return "Role " + role.role() + ": " + String.join(", ", words) + ".";
    }

    private Optional<RoleReport> report(String role) {
        return explanation.roles().stream()
                .filter(report -> report.role().equals(role))
                .findFirst();
    }

    private static String duration(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }
}
