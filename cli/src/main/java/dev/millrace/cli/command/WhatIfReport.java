package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.JsonRecords.Parts;
import dev.millrace.cli.output.Table;
import dev.millrace.cli.output.Terminal;
import dev.millrace.streams.whatif.Answer;
import dev.millrace.streams.whatif.Figures;
import dev.millrace.streams.whatif.RoleFigures;
import dev.millrace.streams.whatif.WaitFigures;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shows what happened beside what would have, as tables or as JSON. */
final class WhatIfReport {
    private static final String NONE = "-";
    private static final int DECIMALS = 4;

    private final String pool;
    private final Answer.Comparison answer;
    private final List<Figures> columns;

    /**
     * @param otherwise whether anything was to be otherwise; if not, there is nothing to show beside the model of what was
     */
    WhatIfReport(String pool, Answer.Comparison answer, boolean otherwise) {
        this.pool = pool;
        this.answer = answer;
        columns = otherwise
                ? List.of(answer.happened(), answer.model(), answer.changed())
                : List.of(answer.happened(), answer.model());
    }

    void print(Terminal terminal) {
        var out = terminal.out();
        out.println("Pool " + pool + " from " + answer.from() + " to " + answer.to() + " ("
                + Human.duration(Duration.between(answer.from(), answer.to())) + ")");
        out.println();
        poolTable().print(out);
        out.println();
        roleTable().print(out);
        out.println();
        out.println("What the model takes for granted:");
        answer.assumptions().forEach(assumption -> out.println("- " + assumption));
    }

    private Table poolTable() {
        var table = table("");
        row(table, "tasks submitted", figures -> Long.toString(figures.submitted()));
        row(table, "attempts started", figures -> Long.toString(figures.started()));
        row(table, "tasks ended", figures -> Long.toString(figures.ended()));
        row(table, "still waiting", figures -> Long.toString(figures.stillWaiting()));
        row(table, "still running", figures -> Long.toString(figures.stillRunning()));
        row(table, "wait, mean", figures -> time(figures.waits().meanMs()));
        row(table, "wait, p50", figures -> time(figures.waits().p50Ms()));
        row(table, "wait, p99", figures -> time(figures.waits().p99Ms()));
        row(table, "wait, longest", figures -> time(figures.waits().maxMs()));
        row(table, "preemptions", figures -> Long.toString(figures.preemptions()));
        row(table, "attempts lost with agents", figures -> Long.toString(figures.attemptsLost()));
        row(table, "cpus used", figures -> percent(figures.cpus()));
        row(table, "memory used", figures -> percent(figures.memory()));
        if (columns.stream().anyMatch(figures -> figures.gpus() != null)) {
            row(table, "gpus used", figures -> percent(figures.gpus()));
        }
        row(table, "fairness", figures -> decimal(figures.fairness()));
        row(table, "all over after", figures -> figures.makespanMs() == null ? NONE : time(figures.makespanMs()));
        return table;
    }

    private Table roleTable() {
        var table = table("ROLE");
        var names = new TreeSet<String>();
        columns.forEach(figures -> figures.roles().forEach(role -> names.add(role.role())));
        for (var name : names) {
            rowOfRole(table, name, "wait, p50", role -> time(role.waits().p50Ms()));
            rowOfRole(table, name, "wait, p99", role -> time(role.waits().p99Ms()));
            rowOfRole(table, name, "still waiting", role -> Long.toString(role.stillWaiting()));
            rowOfRole(table, name, "preemptions", role -> Long.toString(role.preemptions()));
            rowOfRole(table, name, "share", role -> percent(role.share()));
        }
        return table;
    }

    private Table table(String first) {
        var headings =
                new ArrayList<>(List.of("", "HAPPENED>", "MODEL>", "CHANGED>").subList(0, columns.size() + 1));
        if (!first.isEmpty()) {
            headings.add(0, first);
        }
        return new Table(headings.toArray(String[]::new));
    }

    private void row(Table table, String label, Function<Figures, String> cell) {
        var cells = new ArrayList<>(List.of(label));
        columns.forEach(figures -> cells.add(cell.apply(figures)));
        table.row(cells.toArray(String[]::new));
    }

    private void rowOfRole(Table table, String role, String label, Function<RoleFigures, String> cell) {
        var cells = new ArrayList<>(List.of(role, label));
        columns.forEach(figures -> cells.add(find(figures, role).map(cell).orElse(NONE)));
        table.row(cells.toArray(String[]::new));
    }

    private static Optional<RoleFigures> find(Figures figures, String role) {
        return figures.roles().stream().filter(of -> of.role().equals(role)).findFirst();
    }

    private static String time(long ms) {
        return Human.duration(Duration.ofMillis(ms));
    }

    private static String percent(@Nullable Double part) {
        return part == null ? NONE : String.format(Locale.ROOT, "%.1f%%", part * 100);
    }

    private static String decimal(@Nullable Double number) {
        return number == null ? NONE : String.format(Locale.ROOT, "%.3f", number);
    }

    /** One object in one line. */
    String json() {
        var parts = new ArrayList<>(List.of(
                new Part("pool", pool),
                new Part("from", answer.from()),
                new Part("to", answer.to()),
                new Part("happened", parts(answer.happened())),
                new Part("model", parts(answer.model()))));
        if (columns.size() > 2) {
            parts.add(new Part("changed", parts(answer.changed())));
        }
        parts.add(new Part("assumptions", answer.assumptions()));
        return JsonRecords.line(parts);
    }

    private static Parts parts(Figures figures) {
        return new Parts(Arrays.asList(
                new Part("submitted", figures.submitted()),
                new Part("started", figures.started()),
                new Part("ended", figures.ended()),
                new Part("stillWaiting", figures.stillWaiting()),
                new Part("stillRunning", figures.stillRunning()),
                new Part("waits", parts(figures.waits())),
                new Part("preemptions", figures.preemptions()),
                new Part("attemptsLost", figures.attemptsLost()),
                new Part("cpus", number(figures.cpus())),
                new Part("memory", number(figures.memory())),
                new Part("gpus", number(figures.gpus())),
                new Part("fairness", number(figures.fairness())),
                new Part("makespanMs", figures.makespanMs()),
                new Part(
                        "roles",
                        figures.roles().stream().map(WhatIfReport::parts).toList())));
    }

    private static Parts parts(RoleFigures role) {
        return new Parts(List.of(
                new Part("role", role.role()),
                new Part("submitted", role.submitted()),
                new Part("started", role.started()),
                new Part("ended", role.ended()),
                new Part("stillWaiting", role.stillWaiting()),
                new Part("waits", parts(role.waits())),
                new Part("preemptions", role.preemptions()),
                new Part("share", number(role.share()))));
    }

    private static Parts parts(WaitFigures waits) {
        return new Parts(List.of(
                new Part("attempts", waits.attempts()),
                new Part("meanMs", waits.meanMs()),
                new Part("p50Ms", waits.p50Ms()),
                new Part("p99Ms", waits.p99Ms()),
                new Part("maxMs", waits.maxMs())));
    }

    private static @Nullable BigDecimal number(@Nullable Double number) {
        return number == null ? null : BigDecimal.valueOf(number).setScale(DECIMALS, RoundingMode.HALF_EVEN);
    }
}
