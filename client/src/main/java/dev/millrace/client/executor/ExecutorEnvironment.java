package dev.millrace.client.executor;

import java.nio.file.Path;
import java.util.Map;

/**
 * What an agent tells an executor through environment variables.
 *
 * @param frameworkId the framework, {@code MILLRACE_FRAMEWORK_ID}
 * @param executorId the executor, {@code MILLRACE_EXECUTOR_ID}
 * @param token shows the agent that this is the process that it started, {@code MILLRACE_EXECUTOR_TOKEN}
 * @param socket where the agent listens, {@code MILLRACE_EXECUTOR_SOCKET}
 */
public record ExecutorEnvironment(String frameworkId, String executorId, String token, Path socket) {

    /**
     * What is in these variables.
     *
     * @throws IllegalStateException if one is missing: the process was not started by an agent
     */
    public static ExecutorEnvironment of(Map<String, String> variables) {
        return new ExecutorEnvironment(
                variable(variables, "MILLRACE_FRAMEWORK_ID"),
                variable(variables, "MILLRACE_EXECUTOR_ID"),
                variable(variables, "MILLRACE_EXECUTOR_TOKEN"),
                Path.of(variable(variables, "MILLRACE_EXECUTOR_SOCKET")));
    }

    private static String variable(Map<String, String> variables, String name) {
        String value = variables.get(name);
        if (value == null) {
            throw new IllegalStateException(
                    "there is no environment variable " + name + "; an executor is started by an agent");
        }
        return value;
    }

    /** Without the token, which is a secret. */
    @Override
    public String toString() {
        return "executor " + executorId + " of " + frameworkId;
    }
}
