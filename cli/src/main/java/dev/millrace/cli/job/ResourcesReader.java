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

    private static final Set<String> NOT_SUPPORTED_YET = Set.of("ports");
    private static final Pattern CUSTOM_NAME = Pattern.compile("[a-z0-9_-]{1,64}");

    private ResourcesReader() {}

    /** What the task needs: its resources, and the default for processor and memory where it names none. */
    static Resources needed(Mapping task) {
        return task.mapping("resources")
                .map(resources -> {
                    var needed = amounts(resources, DEFAULT);
                    custom(resources).ifPresent(needed::setScalars);
                    resources.refuseOthers(NOT_SUPPORTED_YET);
                    return needed.build();
                })
                .orElse(DEFAULT);
    }

    /** What the task may use at the most; what it does not name is limited to what it needs. */
    static Optional<Resources> limits(Mapping task, Resources needed) {
        return task.mapping("limits").map(limits -> {
            var most = amounts(limits, needed).build();
            limits.refuseOthers(NOT_SUPPORTED_YET);
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
