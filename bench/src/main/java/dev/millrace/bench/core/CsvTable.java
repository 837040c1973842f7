package dev.millrace.bench.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows of a file of comma-separated values without quotes, whose columns are found by the names in its first line. Immutable. */
final class CsvTable {
    private final String name;
    private final Map<String, Integer> columns = new HashMap<>();
    private final List<String[]> rows = new ArrayList<>();

    private CsvTable(Path file, List<String> lines) {
        name = String.valueOf(file.getFileName());
        String[] header = (lines.isEmpty() ? "" : lines.get(0)).split(",", -1);
        for (int i = 0; i < header.length; i++) {
            columns.put(header[i].strip(), i);
        }
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            if (!line.isBlank()) {
                rows.add(line.split(",", -1));
            }
        }
    }

    static CsvTable read(Path file) throws IOException {
        return new CsvTable(file, Files.readAllLines(file));
    }

    int rows() {
        return rows.size();
    }

    /** The text in a column that the table may lack; then it is empty. */
    String text(int row, String column) {
        Integer index = columns.get(column);
        String[] cells = rows.get(row);
        return index == null || index >= cells.length ? "" : cells[index].strip();
    }

    /** The number in a column that the table must have. */
    long number(int row, String column) {
        if (!columns.containsKey(column)) {
            throw new IllegalArgumentException(name + " has no column " + column);
        }
        String text = text(row, column);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + ", row " + (row + 1) + ": " + column + " '" + text + "' is no whole number", e);
        }
    }
}
