package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JobFileReaderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");

    @Test
    void readsEveryKey() {
        var job = job("""
                name: licences
                pool: gpu-pool
                role: science/physics
                tasks:
                  - name: count
                    instances: 20
                    command: 'wc -w "$f"'
                    env: {LANG: C, A: 1}
                    user: nobody
                    resources: {cpus: 0.5, memory: 64MiB, disk: 1GiB, gpus: 500m, custom: {tapes: 2, discs: 1.5}}
                    limits: {memory: 128MiB}
                    constraints: ["os == linux"]
                    restart: {policy: on-failure, attempts: 4, delay: 2s, maxDelay: 30s}
                    killGracePeriod: 7s
                    timeout: 10m
                    priority: 60
                    labels: {team: search}
                    notBefore: 2026-03-01T09:00:00Z
                    expiresAt: +2h
                    unreachable: {action: wait}
                """);

        assertThat(job.name()).isEqualTo("licences");
        assertThat(job.pool()).isEqualTo("gpu-pool");
        assertThat(job.tasks()).singleElement().satisfies(task -> {
            var request = task.template();
            assertThat(task.instances()).isEqualTo(20);
            assertThat(request.getPool()).isEqualTo("gpu-pool");
            assertThat(request.getRole()).isEqualTo("science/physics");
            assertThat(request.getShell()).isEqualTo("wc -w \"$f\"");
            assertThat(request.getArgv()).isEmpty();
            assertThat(request.getEnvironment()).containsExactly(new KeyValue("A", "1"), new KeyValue("LANG", "C"));
            assertThat(request.getUser()).isEqualTo("nobody");
            var resources = request.getResources();
            assertThat(resources.getCpuMillis()).isEqualTo(500);
            assertThat(resources.getMemMib()).isEqualTo(64);
            assertThat(resources.getDiskMib()).isEqualTo(1024);
            assertThat(resources.getGpuMillis()).isEqualTo(500);
            assertThat(resources.getScalars())
                    .containsExactly(new ScalarQuantity("discs", 1500L), new ScalarQuantity("tapes", 2000L));
            assertThat(request.getLimits().getMemMib()).isEqualTo(128);
            assertThat(request.getLimits().getCpuMillis()).isEqualTo(500);
            assertThat(request.getConstraints())
                    .containsExactly(new Constraint("os", ConstraintOperator.EQUALS, List.of("linux")));
            assertThat(request.getRestartPolicy())
                    .isEqualTo(new RestartPolicy(RestartMode.ON_FAILURE, 4, 2_000L, 30_000L));
            assertThat(request.getKillPolicy().getGracePeriodMs()).isEqualTo(7_000);
            assertThat(request.getMaxRunTimeMs()).isEqualTo(600_000);
            assertThat(request.getPriority()).isEqualTo(60);
            assertThat(request.getLabels()).containsExactly(new KeyValue("team", "search"));
            assertThat(request.getNotBefore()).isEqualTo("2026-03-01T09:00:00Z");
            assertThat(request.getExpiresAt()).isEqualTo("2026-03-01T10:00:00Z");
            assertThat(request.getUnreachablePolicy())
                    .isEqualTo(new UnreachablePolicy(UnreachableAction.WAIT, 300_000L));
        });
    }

    @Test
    void fillsInWhatTheFileLeavesOut() {
        var request = onlyTask("{name: j, tasks: [{name: t, command: [echo, 1, true]}]}");

        assertThat(request.getArgv()).containsExactly("echo", "1", "true");
        assertThat(request.getShell()).isNull();
        assertThat(request.getPool()).isEqualTo("default");
        assertThat(request.getRole()).isEqualTo("default");
        assertThat(request.getResources()).isEqualTo(ResourcesReader.DEFAULT);
        assertThat(request.getLimits()).isNull();
        assertThat(request.getRestartPolicy().getMode()).isEqualTo(RestartMode.NEVER);
        assertThat(request.getMaxRunTimeMs()).isNull();
        assertThat(request.getPriority()).isEqualTo(50);
    }

    @Test
    void readsACommandThatYamlTakesForATruthValue() {
        assertThat(onlyTask("{name: j, tasks: [{name: t, command: true}]}").getShell())
                .isEqualTo("true");
    }

    @Test
    void restartsAServiceForEverUnlessToldOtherwise() {
        var always = onlyTask("{name: j, tasks: [{name: t, command: x, restart: {policy: always}}]}");
        var thrice = onlyTask("{name: j, tasks: [{name: t, command: x, restart: {policy: always, attempts: 3}}]}");

        assertThat(always.getRestartPolicy().getAttempts()).isZero();
        assertThat(thrice.getRestartPolicy().getAttempts()).isEqualTo(3);
    }

    @Test
    void namesEachInstanceAfterJobSubmissionAndTask() {
        var job = job("{name: j, tasks: [{name: a, instances: 2, command: x}, {name: b, command: y}]}");
        var submission = Submission.labelled("s1", new Random(1), NOW, "me");

        var requests = job.requests(submission);

        assertThat(requests).extracting(TaskRequest::getTaskId).containsExactly("j-s1/a/0", "j-s1/a/1", "j-s1/b/0");
        assertThat(requests).extracting(TaskRequest::getInstance).containsExactly(0, 1, 0);
        assertThat(requests).extracting(TaskRequest::getSubmissionId).containsOnly(submission.id());
        assertThat(requests).extracting(TaskRequest::getPrincipal).containsOnly("me");
        assertThat(requests).extracting(TaskRequest::getJob).containsOnly("j");
    }

    @Test
    void drawsAnotherLabelForEachSubmission() {
        var random = new Random(1);

        var first = Submission.drawn(random, NOW, "");
        var second = Submission.drawn(random, NOW, "");

        assertThat(first.label()).hasSize(6).isNotEqualTo(second.label());
        assertThat(first.id()).isNotEqualTo(second.id());
    }

    @Test
    void tellsSubmissionsOfOneLabelApart() {
        var random = new Random(1);

        assertThat(Submission.labelled("same", random, NOW, "").id())
                .isNotEqualTo(Submission.labelled("same", random, NOW, "").id());
    }

    private static TaskRequest onlyTask(String text) {
        return job(text).tasks().get(0).template();
    }

    private static Job job(String text) {
        var reading = JobFileReader.read("job.yaml", text, NOW);
        if (reading instanceof JobFileReading.Refused refused) {
            throw new AssertionError("refused: " + refused.faults());
        }
        return ((JobFileReading.Read) reading).job();
    }
}
