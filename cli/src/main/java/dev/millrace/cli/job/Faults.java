package dev.millrace.cli.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong with one job file. Mutable; lives for one reading. */
final class Faults {
    /** A file that is wrong in so many places is no job file; naming more of them helps nobody. */
    private static final int MAX_FAULTS = 100;

    private final String file;
    private final List<JobFault> faults = new ArrayList<>();

    Faults(String file) {
        this.file = file;
    }

    void at(Node node, String message) {
        at(node.getStartMark(), message);
    }

    void at(Optional<Mark> mark, String message) {
        at(mark.map(Mark::getLine).orElse(0) + 1, mark.map(Mark::getColumn).orElse(0) + 1, message);
    }

    void at(int line, int column, String message) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(new JobFault(file, line, column, message));
        }
    }

    int count() {
        return faults.size();
    }

    /** The faults in the order of the file. */
    List<JobFault> inOrder() {
        return faults.stream()
                .sorted(Comparator.comparingInt(JobFault::line).thenComparingInt(JobFault::column))
                .toList();
    }
}
