package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Prints how many tasks that do nothing a runner gets through: {@code java ... RunnerBench [tasks] [rounds]}. */
final class RunnerBench {
    private RunnerBench() {}

    public static void main(String[] args) throws Exception {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path workDir = Files.createTempDirectory("runner-bench");
        try (RunnerFixture agent = new RunnerFixture(workDir)) {
            for (int round = 0; round < rounds; round++) {
                long startNs = System.nanoTime();
                for (int i = 0; i < tasks; i++) {
                    agent.run(argv("round-" + round + "/task-" + i, "/bin/true"));
                }
                int expected = (round + 1) * tasks;
                awaitThat(() -> agent.sink.ends().size() >= expected);
                Duration took = Duration.ofNanos(System.nanoTime() - startNs);
                System.out.printf(
                        "%d tasks in %d ms: %d a second%n", tasks, took.toMillis(), tasks * 1_000L / took.toMillis());
            }
        }
    }
}
