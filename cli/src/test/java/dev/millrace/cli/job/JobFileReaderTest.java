package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
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

    @Test
    void readsWhereATaskIsToBeAsSeenFromOthers() {
        var request = onlyTask("""
                name: j
                tasks:
                  - name: t
                    command: x
                    near:
                      - {label: app=db, by: rack, must: true}
                      - {label: cache=}
                    far: [{label: app=web, weight: 80}]
                    spread:
                      - {over: zone, targets: {b: 30%, a: 62.5%}, must: true}
                      - {over: rack}
                """);

        assertThat(request.getAffinities())
                .containsExactly(
                        new Affinity("app", "db", "rack", false, true, 50),
                        new Affinity("cache", "", "", false, false, 50),
                        new Affinity("app", "web", "", true, false, 80));
        assertThat(request.getSpreads())
                .containsExactly(
                        new Spread("zone", List.of(new SpreadTarget("a", 625), new SpreadTarget("b", 300)), true, 50),
                        new Spread("rack", List.of(), false, 50));
    }

    @Test
    void readsPortsAndModelsOfGpus() {
        var any = onlyTask("{name: j, tasks: [{name: t, command: x, resources: {ports: 2}}]}");
        var these = onlyTask("""
                name: j
                tasks:
                  - name: t
                    command: x
                    resources: {ports: {count: 1, these: [8080, 7000-7009]}, gpus: 0.5, gpuModels: [A100, V100]}
                    constraints: ["os == linux"]
                """);

        assertThat(any.getPortCount()).isEqualTo(2);
        assertThat(any.getResources().getPorts()).isEmpty();
        assertThat(these.getPortCount()).isEqualTo(1);
        assertThat(these.getResources().getPorts())
                .containsExactly(new PortRange(7000, 7009), new PortRange(8080, 8080));
        assertThat(these.getConstraints())
                .containsExactly(
                        new Constraint("os", ConstraintOperator.EQUALS, List.of("linux")),
                        new Constraint("gpu_model", ConstraintOperator.IN, List.of("A100", "V100")));
    }

    @Test
    void makesAllInstancesOfItsTasksMembersOfAGangOfTheirOwn() {
        var job = job("""
                name: j
                tasks:
                  - {name: a, instances: 2, command: x, gang: {}}
                  - {name: b, command: x, gang: {timeout: 90s}}
                  - {name: c, instances: 3, command: x, gang: {group: ps}}
                  - {name: d, command: x}
                """);

        var gangs = job.requests(Submission.labelled("s1", new Random(1), NOW, "me")).stream()
                .map(TaskRequest::getGang)
                .toList();

        var first = new Gang("j-s1", 3, 90_000L);
        var second = new Gang("j-s1/ps", 3, 300_000L);
        assertThat(gangs).containsExactly(first, first, first, second, second, second, null);
    }

    @Test
    void namesAGangOfOneSizeInAllSubmissionsAlike() {
        var gang = job("{name: j, tasks: [{name: t, command: x, gang: {group: all/of-us, size: 8}}]}")
                .requests(Submission.labelled("s1", new Random(1), NOW, "me"))
                .get(0)
                .getGang();

        assertThat(gang).isEqualTo(new Gang("all/of-us", 8, 300_000L));
    }

    @Test
    void keepsInstancesApartByALabelOfTheirSubmission() {
        var request =
                job("{name: j, tasks: [{name: t, command: x, instances: 2, labels: {z: 1, a: 1}, distinctHosts: true}]}")
                        .requests(Submission.labelled("s1", new Random(1), NOW, "me"))
                        .get(1);

        assertThat(request.getLabels())
                .containsExactly(
                        new KeyValue("a", "1"), new KeyValue("millrace/job", "j-s1/t"), new KeyValue("z", "1"));
        assertThat(request.getAffinities()).containsExactly(new Affinity("millrace/job", "j-s1/t", "", true, true, 50));
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
