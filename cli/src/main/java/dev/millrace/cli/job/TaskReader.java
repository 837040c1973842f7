package dev.millrace.cli.job;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.Validator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the tasks of one job file. Mutable, for it remembers the names; lives for one reading. */
final class TaskReader {
    private static final int MAX_INSTANCES = 100_000;
    private static final int MAX_PRIORITY = 100;
    private static final long MAX_GRACE_MS = 3_600_000;
    private static final int MAX_CONSTRAINTS = 16;

    /** The agents' attribute that says which GPUs they have. */
    private static final String GPU_MODEL = "gpu_model";

    /** Parts of the contract that no scheduler carries out yet. */
    private static final Set<String> NOT_SUPPORTED_YET = Set.of(
            "artifacts", "container", "health", "healthChecks", "image", "isolation", "schedule", "secrets", "volumes");

    private final String job;
    private final String pool;
    private final String role;
    private final Instant now;
    private final Faults faults;
    private final PlacementReader placement;
    private final GangReader gangs = new GangReader();
    private final Set<String> names = new HashSet<>();

    TaskReader(String job, String pool, String role, Instant now, Faults faults) {
        this.job = job;
        this.pool = pool;
        this.role = role;
        this.now = now;
        this.faults = faults;
        this.placement = new PlacementReader(faults);
    }

    /** Reads one task; empty if it has no proper name. What else is wrong with it is among the faults. */
    Optional<JobTask> read(Mapping task) {
        int faultsBefore = faults.count();
        var name = task.requiredText("name").filter(n -> isFreshName(task, n));
        int instances = task.integer("instances", 1, MAX_INSTANCES).orElse(1);
        var request = TaskRequest.newBuilder()
                .setPool(pool)
                .setRole(role)
                .setJob(job)
                .setName(name.orElse("task"))
                .setTaskId(job + "/" + name.orElse("task"));
        command(task, request);
        request.setEnvironment(pairs(task, "env", TaskReader::isVariable, "is no name of an environment variable"));
        task.text("user").ifPresent(request::setUser);
        var needs = ResourcesReader.needs(task);
        request.setResources(needs.resources()).setPortCount(needs.portCount());
        ResourcesReader.limits(task, needs.resources()).ifPresent(request::setLimits);
        request.setConstraints(constraints(task, needs.gpuModels()));
        request.setAffinities(placement.affinities(task)).setSpreads(placement.spreads(task));
        boolean distinctHosts = task.truth("distinctHosts").orElse(false);
        name.ifPresent(n -> gangs.read(task, n, instances));
        PolicyReader.restart(task).ifPresent(request::setRestartPolicy);
        task.parsed("killGracePeriod", text -> atMost(Quantities.millis(text), MAX_GRACE_MS, "1h"))
                .ifPresent(graceMs -> request.setKillPolicy(new KillPolicy(graceMs)));
        task.parsed("timeout", text -> positive(Quantities.millis(text))).ifPresent(request::setMaxRunTimeMs);
        task.integer("priority", 0, MAX_PRIORITY).ifPresent(request::setPriority);
        request.setLabels(pairs(task, "labels", key -> !key.isEmpty(), "is no name of a label"));
        task.parsed("notBefore", text -> Quantities.time(text, now)).ifPresent(request::setNotBefore);
        task.parsed("expiresAt", text -> Quantities.time(text, now)).ifPresent(request::setExpiresAt);
        PolicyReader.unreachable(task).ifPresent(request::setUnreachablePolicy);
        task.refuseOthers(NOT_SUPPORTED_YET);
        var read = new JobTask(request.build(), instances, distinctHosts, null);
        refuse(task, read, faultsBefore);
        return name.map(n -> read);
    }

    /** The gang of each task that is in one, by the task's name; to be called when all have been read. */
    Map<String, JobGang> gangs() {
        return gangs.gangs();
    }

    /** What the contract forbids and the reading did not see is a fault of the task as a whole. */
    private void refuse(Mapping task, JobTask read, int faultsBefore) {
        if (faults.count() == faultsBefore) {
            Validator.faults(read.request(job, 0)).forEach(fault -> faults.at(task.node(), fault));
        }
    }

    private boolean isFreshName(Mapping task, String name) {
        if (!JobFileReader.isName(task, "name", name)) {
            return false;
        }
        if (!names.add(name)) {
            task.fault("name", "a task before this one is named '" + name + "' too");
        }
        return true;
    }

    private void command(Mapping task, TaskRequest.Builder request) {
        if (!task.has("command")) {
            faults.at(task.node(), "a task has no 'command'");
        } else if (task.value("command").filter(SequenceNode.class::isInstance).isPresent()) {
            var argv = task.parsedTexts("command", word -> word).orElse(List.of());
            if (argv.isEmpty()) {
                task.fault("command", "'command' is an empty list; write the program and its arguments");
            }
            request.setArgv(argv);
        } else if (task.value("command").filter(ScalarNode.class::isInstance).isPresent()) {
            task.text("command").ifPresent(line -> {
                if (line.isBlank()) {
                    task.fault("command", "'command' is blank");
                }
                request.setShell(line);
            });
        } else {
            task.fault("command", "'command' must be a shell line or a list of the program and its arguments");
        }
    }

    private List<KeyValue> pairs(Mapping task, String key, Predicate<String> isKey, String complaint) {
        return task.mapping(key)
                .map(pairs -> {
                    var all = new ArrayList<KeyValue>();
                    for (var pair : pairs.allTexts()) {
                        if (!isKey.test(pair.getKey())) {
                            pairs.fault(pair.getKey(), "'" + pair.getKey() + "' " + complaint);
                        }
                        all.add(new KeyValue(pair.getKey(), pair.getValue()));
                    }
                    all.sort(Comparator.comparing(KeyValue::getKey));
                    return (List<KeyValue>) all;
                })
                .orElse(List.of());
    }

    private static boolean isVariable(String name) {
        return !name.isEmpty() && name.indexOf('=') < 0 && name.indexOf('\0') < 0;
    }

    private static List<Constraint> constraints(Mapping task, List<String> gpuModels) {
        var constraints = new ArrayList<>(
                task.parsedTexts("constraints", ConstraintText::parse).orElse(List.of()));
        if (constraints.size() > MAX_CONSTRAINTS) {
            task.fault("constraints", "a task may have " + MAX_CONSTRAINTS + " constraints, not " + constraints.size());
        }
        if (!gpuModels.isEmpty()) {
            constraints.add(new Constraint(GPU_MODEL, ConstraintOperator.IN, gpuModels));
        }
        return constraints;
    }

    private static long atMost(long value, long max, String maxText) {
        if (value > max) {
            throw new IllegalArgumentException("may be " + maxText + " at the most");
        }
        return value;
    }

    private static long positive(long value) {
        if (value == 0) {
            throw new IllegalArgumentException("must be more than 0; leave it out for no limit");
        }
        return value;
    }
}
