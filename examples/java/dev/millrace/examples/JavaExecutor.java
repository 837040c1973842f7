package dev.millrace.examples;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.Resources;
import java.nio.file.Path;
import java.util.List;

/**
 * Says how agents start an executor that is a class of this program. They find its class path as it is here, as when all is on one machine; from
 * elsewhere they would have to fetch it, which is what {@code artifacts} are for.
 */
final class JavaExecutor {
    /** What it needs beside its tasks. */
    static final Resources NEEDS =
            Resources.newBuilder().setCpuMillis(100).setMemMib(128).build();

    private JavaExecutor() {}

    static ExecutorSpec of(String executorId, Class<?> main) {
        return ExecutorSpec.newBuilder()
                .setExecutorId(executorId)
                .setArgv(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()))
                .setResources(NEEDS)
                .build();
    }
}
