package dev.millrace.cli.job;

import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what a task needs and what it may use at the most. */
final class ResourcesReader {
    /** What a task gets that says nothing; so little that a small machine runs many of them. */
    static final Resources DEFAULT = new Resources(100L, 64L, 0L, 0L, List.of(), List.of());

    private static final long DEVICE_MILLIS = 1_000;
    private static final Pattern CUSTOM_NAME = Pattern.compile("[a-z0-9_-]{1,64}");

    private ResourcesReader() {}

    /**
     * What a task needs of an agent.
     *
     * @param resources its resources, with the default for processor and memory where it names none
     * @param portCount how many ports of the agent's choice
     * @param gpuModels which GPUs will do; empty = all
     */
    record Needs(Resources resources, int portCount, List<String> gpuModels) {}

    static Needs needs(Mapping task) {
        return task.mapping("resources").map(ResourcesReader::read).orElse(new Needs(DEFAULT, 0, List.of()));
    }

    private static Needs read(Mapping resources) {
        var needed = amounts(resources, DEFAULT);
        if (needed.getGpuMillis() > DEVICE_MILLIS && needed.getGpuMillis() % DEVICE_MILLIS != 0) {
            resources.fault("gpus", "'gpus': must be whole devices, or a part of one");
        }
        var ports = PortsReader.read(resources);
        needed.setPorts(ports.these());
        var models =
                resources.parsedTexts("gpuModels", ResourcesReader::gpuModel).orElse(List.of());
        if (resources.has("gpuModels") && needed.getGpuMillis() == 0) {
            resources.fault("gpuModels", "'gpuModels' needs 'gpus'");
        } else if (resources.has("gpuModels") && models.isEmpty()) {
            resources.fault("gpuModels", "'gpuModels' must name at least one model");
        }
        custom(resources).ifPresent(needed::setScalars);
        resources.refuseOthers(Set.of());
        return new Needs(needed.build(), ports.count(), models);
    }

    private static String gpuModel(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a model of GPU is blank");
        }
        return text;
    }

    /** What the task may use at the most; what it does not name is limited to what it needs. */
    static Optional<Resources> limits(Mapping task, Resources needed) {
        return task.mapping("limits").map(limits -> {
            var most = amounts(limits, needed).build();
            limits.refuseOthers(Set.of());
            if (most.getCpuMillis() < needed.getCpuMillis()
                    || most.getMemMib() < needed.getMemMib()
                    || most.getDiskMib() < needed.getDiskMib()
                    || most.getGpuMillis() < needed.getGpuMillis()) {
                task.fault("limits", "'limits' are below what 'resources' asks for");
            }
            return most;
        });
    }

    private static Resources.Builder amounts(Mapping mapping, Resources otherwise) {
        return Resources.newBuilder()
                .setCpuMillis(mapping.parsed("cpus", Quantities::milli).orElse(otherwise.getCpuMillis()))
                .setMemMib(mapping.parsed("memory", Quantities::mib).orElse(otherwise.getMemMib()))
                .setDiskMib(mapping.parsed("disk", Quantities::mib).orElse(otherwise.getDiskMib()))
                .setGpuMillis(mapping.parsed("gpus", Quantities::milli).orElse(otherwise.getGpuMillis()));
    }

    private static Optional<List<ScalarQuantity>> custom(Mapping resources) {
        return resources.mapping("custom").map(custom -> {
            var scalars = new ArrayList<ScalarQuantity>();
            for (var pair : custom.allTexts()) {
                var name = pair.getKey();
                if (!CUSTOM_NAME.matcher(name).matches()) {
                    custom.fault(name, "'" + name + "' must be 1 to 64 characters of a-z, 0-9, '_' and '-'");
                }
                custom.parsed(name, Quantities::milli).ifPresent(milli -> scalars.add(new ScalarQuantity(name, milli)));
            }
            scalars.sort(Comparator.comparing(ScalarQuantity::getName));
            return scalars;
        });
    }
}
