package dev.millrace.cli.command;

import dev.millrace.cli.job.Job;
import dev.millrace.cli.job.JobTask;
import dev.millrace.cli.job.Names;
import dev.millrace.cli.job.PolicyReader;
import dev.millrace.cli.job.Quantities;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.Validator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A task that is described on the command line rather than in a job file. Mutable, for picocli fills it in. */
final class TaskOptions {
    private static final String TASK_NAME = "task";
    private static final int MAX_DERIVED_NAME_CHARACTERS = 32;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What the job is called, and its tasks' ids begin with (default: the command's name).")
    private @Nullable String name;

    @Option(names = "--instances", paramLabel = "N", description = "So many equal tasks (default: 1).")
    private int instances = 1;

    @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: default).")
    private String pool = "default";

    @Option(names = "--role", paramLabel = "ROLE", description = "The role (default: default).")
    private String role = "default";

    @Option(
            names = "--cpus",
            paramLabel = "AMOUNT",
            converter = Converters.Milli.class,
            description = "Processor time in cores, such as 0.5 or 500m (default: 0.1).")
    private long cpuMillis = 100;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = Converters.Mib.class,
            description = "Memory, such as 64MiB or 1.5GiB (default: 64MiB).")
    private long memMib = 64;

    @Option(
            names = "--disk",
            paramLabel = "SIZE",
            converter = Converters.Mib.class,
            description = "Disk space (default: none).")
    private long diskMib;

    @Option(
            names = "--gpus",
            paramLabel = "AMOUNT",
            converter = Converters.Milli.class,
            description = "GPUs (default: none).")
    private long gpuMillis;

    @Option(
            names = "--custom",
            paramLabel = "NAME=AMOUNT",
            description = "A resource that the cluster's operators have named; repeatable.")
    private Map<String, String> custom = new TreeMap<>();

    @Option(
            names = "--constraint",
            paramLabel = "CONDITION",
            converter = Converters.Condition.class,
            description = "What its agent must be like, such as 'os == linux'; repeatable.")
    private List<Constraint> constraints = new ArrayList<>();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "An environment variable; repeatable.")
    private Map<String, String> environment = new TreeMap<>();

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label; repeatable.")
    private Map<String, String> labels = new TreeMap<>();

    @Option(names = "--user", paramLabel = "USER", description = "The user to run as (default: the agent's).")
    private @Nullable String user;

    @Option(names = "--priority", paramLabel = "N", description = "0 to 100; higher goes first (default: 50).")
    private int priority = 50;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description =
                    "An attempt that runs for longer is killed, and has failed: 30s, 10m, 1h30m (default: no limit).")
    private @Nullable Duration timeout;

    @Option(
            names = "--kill-grace",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description = "When it is killed: the time between SIGTERM and SIGKILL (default: 5s).")
    private Duration killGrace = Duration.ofSeconds(5);

    @Option(
            names = "--restart",
            paramLabel = "POLICY",
            converter = Converters.Restart.class,
            description = "never, on-failure or always (default: never).")
    private RestartMode restart = RestartMode.NEVER;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            description = "With --restart: how many attempts in all; 0 = no limit.")
    private @Nullable Integer attempts;

    /** The job of one task that runs the command. One word is a line for the shell, several are a program and its arguments. */
    Job job(List<String> command) {
        var jobName = name == null ? nameOf(command) : name;
        if (!Names.isName(jobName)) {
            throw CommandFailure.usage("--name '" + jobName + "' must be " + Names.NAME_RULE);
        }
        if (instances < 1) {
            throw CommandFailure.usage("--instances must be at least 1");
        }
        var request = TaskRequest.newBuilder()
                .setPool(pool)
                .setRole(role)
                .setJob(jobName)
                .setName(TASK_NAME)
                .setTaskId(jobName + "/" + TASK_NAME)
                .setEnvironment(pairs(environment))
                .setUser(user)
                .setResources(new Resources(
                        cpuMillis, memMib, diskMib, gpuMillis, List.of(), sorted(custom, TaskOptions::scalar)))
                .setConstraints(constraints)
                .setRestartPolicy(restartPolicy())
                .setKillPolicy(new KillPolicy(killGrace.toMillis()))
                .setMaxRunTimeMs(timeout == null ? null : timeout.toMillis())
                .setPriority(priority)
                .setLabels(pairs(labels));
        if (command.size() == 1) {
            request.setShell(command.get(0));
        } else {
            request.setArgv(List.copyOf(command));
        }
        return new Job(jobName, pool, List.of(new JobTask(checked(request.build()), instances)));
    }

    private static TaskRequest checked(TaskRequest request) {
        var faults = Validator.faults(request);
        if (!faults.isEmpty()) {
            throw CommandFailure.usage(String.join("; ", faults));
        }
        return request;
    }

    private RestartPolicy restartPolicy() {
        if (attempts != null && restart == RestartMode.NEVER) {
            throw CommandFailure.usage("--attempts needs --restart on-failure or --restart always");
        }
        var policy = PolicyReader.restartPolicy(restart);
        return attempts == null
                ? policy
                : RestartPolicy.newBuilder(policy).setAttempts(attempts).build();
    }

    /** The program's name without its directory, as far as a name can have its characters. */
    private static String nameOf(List<String> command) {
        var program = command.get(0).strip().split("\\s+", 2)[0];
        var legal = program.substring(program.lastIndexOf('/') + 1)
                .replaceAll("[^A-Za-z0-9._-]", "")
                .replaceFirst("^[^A-Za-z0-9]+", "");
        return legal.isEmpty() ? "run" : legal.substring(0, Math.min(legal.length(), MAX_DERIVED_NAME_CHARACTERS));
    }

    private static ScalarQuantity scalar(String name, String amount) {
        try {
            return new ScalarQuantity(name, Quantities.milli(amount));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--custom " + name + ": " + e.getMessage());
        }
    }

    private static List<KeyValue> pairs(Map<String, String> map) {
        return sorted(map, KeyValue::new);
    }

    private static <V, T> List<T> sorted(Map<String, V> map, BiFunction<String, V, T> item) {
        return new TreeMap<>(map)
                .entrySet().stream()
                        .map(entry -> item.apply(entry.getKey(), entry.getValue()))
                        .toList();
    }
}
