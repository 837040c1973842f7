package dev.millrace.agent.process;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Works out what a launch is to execute on this machine, or why that is impossible here. A launch with an executor is that of the executor
 * itself; its request names nothing but what the agent gives the executor.
 */
final class CommandResolver {
    /** Linux takes no argument and no environment entry that is longer than 32 pages, its end included. */
    static final int MAX_ARGUMENT_BYTES = 131_071;

    private final String agentId;
    private final String path;
    private final boolean hidesGpus;
    private final Users users;

    CommandResolver(RunnerConfig config, Users users) {
        this.agentId = config.agentId();
        this.path = config.path();
        this.hidesGpus = config.hidesGpus();
        this.users = users;
    }

    /** What comes of looking at a launch. */
    sealed interface Resolution permits Ready, Impossible {}

    /** It can be executed. */
    record Ready(TaskCommand command) implements Resolution {}

    /** It cannot, for a reason that is told to people. */
    record Impossible(String why) implements Resolution {}

    /** @throws IOException if the machine did not answer a question about its users */
    Resolution resolve(LaunchTask launch, Path sandbox) throws IOException {
        TaskRequest request = launch.getRequest();
        ExecutorSpec executor = request.getExecutor();
        Map<String, String> environment = environment(launch, sandbox);
        List<String> argv = executor == null
                ? argv(request.getShell(), request.getArgv())
                : argv(executor.getShell(), executor.getArgv());
        String fault = argumentFault(argv, environment);
        if (fault != null) {
            return new Impossible(fault);
        }
        fault = findProgram(argv, environment.getOrDefault("PATH", path), sandbox);
        if (fault != null) {
            return new Impossible(fault);
        }
        return withUser(executor == null ? request.getUser() : executor.getUser(), argv, environment);
    }

    private static List<String> argv(@Nullable String shell, List<String> argv) {
        return new ArrayList<>(shell == null ? argv : List.of("/bin/sh", "-c", shell));
    }

    private Map<String, String> environment(LaunchTask launch, Path sandbox) {
        TaskRequest request = launch.getRequest();
        ExecutorSpec executor = request.getExecutor();
        Map<String, String> environment = new LinkedHashMap<>();
        if (executor == null) {
            environment.put("MILLRACE_TASK_ID", request.getTaskId());
            environment.put("MILLRACE_ATTEMPT", String.valueOf(launch.getAttempt()));
            environment.put("MILLRACE_INSTANCE", String.valueOf(request.getInstance()));
            environment.put("MILLRACE_JOB", request.getJob());
        }
        environment.put("MILLRACE_POOL", request.getPool());
        environment.put("MILLRACE_AGENT_ID", agentId);
        environment.put("MILLRACE_SANDBOX", sandbox.toString());
        environment.put(
                "MILLRACE_CPU_MILLIS", String.valueOf(request.getResources().getCpuMillis()));
        environment.put(
                "MILLRACE_MEM_MIB", String.valueOf(request.getResources().getMemMib()));
        environment.put("HOME", sandbox.toString());
        environment.put("PATH", path);
        if (executor == null) {
            put(environment, request.getEnvironment());
            environment.putAll(GivenVariables.of(launch, hidesGpus));
        } else {
            put(environment, executor.getEnvironment());
            put(environment, request.getEnvironment());
        }
        return environment;
    }

    private static void put(Map<String, String> environment, List<KeyValue> variables) {
        variables.forEach(variable -> environment.put(variable.getKey(), variable.getValue()));
    }

    private static @Nullable String argumentFault(List<String> argv, Map<String, String> environment) {
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            return "the task names no program: it has neither a shell line nor an argv";
        }
        for (String argument : argv) {
            if (argument.indexOf('\0') >= 0) {
                return "an argument holds a NUL character, which no program can be given";
            }
            if (isTooLong(argument)) {
                return "an argument is longer than " + MAX_ARGUMENT_BYTES
                        + " bytes, which is the most that Linux takes";
            }
        }
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            String name = variable.getKey();
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                return "\"" + name.replace('\0', '?') + "\" cannot be the name of an environment variable";
            }
            if (variable.getValue().indexOf('\0') >= 0) {
                return "the environment variable " + name + " holds a NUL character";
            }
            if (isTooLong(name + "=" + variable.getValue())) {
                return "the environment variable " + name + " is longer than " + MAX_ARGUMENT_BYTES
                        + " bytes, which is the most that Linux takes";
            }
        }
        return null;
    }

    private static boolean isTooLong(String text) {
        return text.length() > MAX_ARGUMENT_BYTES / 3
                && text.getBytes(StandardCharsets.UTF_8).length > MAX_ARGUMENT_BYTES;
    }

    /** Puts the program's file where its name was, so that what was looked at is what will be executed. */
    private static @Nullable String findProgram(List<String> argv, String searchPath, Path sandbox) {
        String name = argv.get(0);
        try {
            Optional<Path> program = Programs.find(name, searchPath, sandbox);
            if (program.isEmpty()) {
                return name.indexOf('/') >= 0
                        ? "there is no program " + name + " that may be executed"
                        : "there is no program " + name + " in PATH=" + searchPath;
            }
            argv.set(0, program.get().toString());
            return null;
        } catch (InvalidPathException e) {
            return "the agent's locale cannot express the program's name \"" + name
                    + "\"; run the agent with a UTF-8 locale, such as LC_ALL=C.UTF-8";
        }
    }

    private Resolution withUser(@Nullable String user, List<String> argv, Map<String, String> environment)
            throws IOException {
        if (user == null) {
            return new Ready(new TaskCommand(argv, environment, null));
        }
        Optional<UserIds> ids = users.find(user);
        if (ids.isEmpty()) {
            return new Impossible("there is no user \"" + user + "\" on this machine");
        }
        if (ids.get().equals(users.self())) {
            return new Ready(new TaskCommand(argv, environment, null));
        }
        if (!users.maySwitch()) {
            return new Impossible("only an agent that runs as root can run a task as user \"" + user + "\"");
        }
        return new Ready(new TaskCommand(argv, environment, ids.get()));
    }
}
