package dev.millrace.agent.process;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be executed.
 *
 * @param argv the program and its arguments
 * @param environment all of the environment, in the order in which it is to be set
 * @param user whom to become first; null = nobody else
 */
record TaskCommand(
        List<String> argv,
        Map<String, String> environment,
        @Nullable UserIds user) {}
