package dev.millrace.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest cell. Mutable; owned by one command. */
public final class Table {
    private static final String GAP = "  ";

    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    /** A table with these headings; one that ends with {@code >} stands over numbers, which are set to the right. */
    public Table(String... headings) {
        this.headings = List.of(headings);
    }

    public Table row(String... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings.size() + " headings");
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public void print(PrintStream out) {
        var widths = new int[headings.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = width(column);
        }
        var text = new StringBuilder();
        append(text, headings.stream().map(Table::title).toList(), widths);
        for (var row : rows) {
            append(text, row, widths);
        }
        out.print(text);
    }

    private int width(int column) {
        int widest = title(headings.get(column)).length();
        for (var row : rows) {
            widest = Math.max(widest, Style.width(row.get(column)));
        }
        return widest;
    }

    private void append(StringBuilder text, List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            var cell = cells.get(column);
            var padding = " ".repeat(widths[column] - Style.width(cell));
            boolean toTheRight = headings.get(column).endsWith(">");
            line.append(column == 0 ? "" : GAP).append(toTheRight ? padding + cell : cell + padding);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static String title(String heading) {
        return heading.endsWith(">") ? heading.substring(0, heading.length() - 1) : heading;
    }
}
