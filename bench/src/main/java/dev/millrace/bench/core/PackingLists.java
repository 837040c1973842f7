package dev.millrace.bench.core;

import dev.millrace.contract.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The machines and tasks of a packing experiment, in the form of the published GPU traces: nodes with the columns {@code sn}, {@code
 * cpu_milli}, {@code memory_mib}, {@code gpu} (how many) and {@code model}; tasks with {@code cpu_milli}, {@code memory_mib}, {@code num_gpu},
 * {@code gpu_milli} (the part of it, if that is 1) and, where there is one, {@code gpu_spec} (the models that will do, with | between them).
 *
 * @param nodes the machines
 * @param tasks the tasks, from which those of a run are drawn
 */
public record PackingLists(List<Node> nodes, List<Task> tasks) {
    private static final int DEVICE_MILLIS = 1_000;

    /**
     * A machine.
     *
     * @param name its name
     * @param resources what it has
     * @param model the model of its GPUs; empty = it has none
     */
    public record Node(String name, Resources resources, String model) {}

    /**
     * A task.
     *
     * @param resources what it needs
     * @param models the models of GPU that will do; empty = any
     */
    public record Task(Resources resources, List<String> models) {}

    public PackingLists {
        if (nodes.stream().allMatch(node -> node.resources().getGpuMillis() == 0)) {
            throw new IllegalArgumentException("no node has a GPU");
        }
        if (tasks.stream().allMatch(task -> task.resources().getGpuMillis() == 0)) {
            throw new IllegalArgumentException("no task needs a GPU");
        }
    }

    /** Reads both files; {@link IllegalArgumentException} says what is wrong with what they say. */
    public static PackingLists read(Path nodesFile, Path tasksFile) throws IOException {
        CsvTable nodeTable = CsvTable.read(nodesFile);
        List<Node> nodes = new ArrayList<>(nodeTable.rows());
        for (int row = 0; row < nodeTable.rows(); row++) {
            nodes.add(new Node(
                    nodeTable.text(row, "sn"),
                    resources(nodeTable, row, nodeTable.number(row, "gpu") * DEVICE_MILLIS),
                    nodeTable.text(row, "model")));
        }
        CsvTable taskTable = CsvTable.read(tasksFile);
        List<Task> tasks = new ArrayList<>(taskTable.rows());
        for (int row = 0; row < taskTable.rows(); row++) {
            String models = taskTable.text(row, "gpu_spec");
            tasks.add(new Task(
                    resources(taskTable, row, gpuMillis(taskTable, row)),
                    models.isEmpty() ? List.of() : List.of(models.split("\\|"))));
        }
        return new PackingLists(nodes, tasks);
    }

    /** All GPUs that there are, in thousandths. */
    long gpuMillis() {
        return nodes.stream().mapToLong(node -> node.resources().getGpuMillis()).sum();
    }

    private static long gpuMillis(CsvTable tasks, int row) {
        long devices = tasks.number(row, "num_gpu");
        return devices == 1 ? tasks.number(row, "gpu_milli") : devices * DEVICE_MILLIS;
    }

    private static Resources resources(CsvTable table, int row, long gpuMillis) {
        return new Resources(
                table.number(row, "cpu_milli"), table.number(row, "memory_mib"), 0L, gpuMillis, List.of(), List.of());
    }
}
