package dev.millrace.streams.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import dev.millrace.streams.Records;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WhatIfTest {
    private static final String POOL = RecordedCluster.POOL;

    @Test
    void twiceAsManyAgentsHalveTheWaiting() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 1);
        cluster.join(0, "a1", 1_000);
        cluster.join(0, "a2", 1_000);
        for (int i = 0; i < 40; i++) {
            cluster.at(
                    1_000,
                    RecordedCluster.task("t" + i, "default", 1_000, 10_000).build());
        }
        cluster.runUntil(300_000);

        Answer.Comparison answer = ask(
                recorder,
                new Circumstances(
                        null,
                        List.of(),
                        List.of(RecordedCluster.agent("b1", 1_000), RecordedCluster.agent("b2", 1_000)),
                        Set.of()));

        // Two by two they wait for 0, 10, 20 … 190 s, and four by four for 0, 10 … 90 s; starting takes some hundredths
        // each.
        assertThat(answer.happened().waits().meanMs()).isCloseTo(95_000, within(2_000L));
        assertThat(answer.model()).isEqualTo(answer.happened());
        assertThat(answer.changed().waits().meanMs()).isCloseTo(45_000, within(1_000L));
        assertThat(answer.changed().waits().maxMs()).isCloseTo(90_000, within(2_000L));
        assertThat(answer.happened().makespanMs()).isCloseTo(201_000L, within(3_000L));
        assertThat(answer.changed().makespanMs()).isCloseTo(101_000L, within(2_000L));
        assertThat(answer.changed().cpus())
                .as("the same work on twice as much")
                .isCloseTo(answer.happened().cpus() / 2, within(0.01));
    }

    @Test
    void aHigherWeightLetsTheOthersWait() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 2);
        cluster.join(0, "a1", 4_000);
        for (int i = 0; i < 40; i++) {
            cluster.at(
                    1_000 + i, RecordedCluster.task("x" + i, "x", 1_000, 10_000).build());
            cluster.at(
                    1_000 + i, RecordedCluster.task("y" + i, "y", 1_000, 10_000).build());
        }
        cluster.runUntil(400_000);

        SetRole heavier = SetRole.newBuilder()
                .setPool(POOL)
                .setRole("x")
                .setWeightMilli(3_000)
                .build();
        Answer.Comparison answer = ask(recorder, new Circumstances(null, List.of(heavier), List.of(), Set.of()));

        assertThat(answer.model()).isEqualTo(answer.happened());
        assertThat(answer.happened().fairness()).isCloseTo(1, within(0.05));
        long xBefore = role(answer.happened(), "x").waits().meanMs();
        long yBefore = role(answer.happened(), "y").waits().meanMs();
        assertThat(xBefore).isCloseTo(yBefore, within(5_000L));
        // While both wait, x has three of the four cores: its 40 tasks take 133 s, and only then y has all.
        assertThat(role(answer.changed(), "x").waits().maxMs()).isCloseTo(133_000, within(8_000L));
        assertThat(role(answer.changed(), "x").waits().meanMs()).isLessThan(xBefore * 3 / 4);
        assertThat(role(answer.changed(), "y").waits().meanMs()).isGreaterThan(yBefore * 5 / 4);
    }

    @Test
    void whereTasksWereSpreadALargeOneWaitsForTheRoomThatPackingLeaves() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 3);
        cluster.at(0, placement(PlacementPolicy.SPREAD));
        cluster.join(0, "a1", 4_000);
        cluster.join(0, "a2", 4_000);
        for (int i = 0; i < 4; i++) {
            cluster.at(
                    1_000 + i,
                    RecordedCluster.task("small" + i, "default", 1_000, 60_000).build());
        }
        cluster.at(
                5_000, RecordedCluster.task("large", "default", 4_000, 10_000).build());
        cluster.at(6_000, placement(PlacementPolicy.SPREAD));
        cluster.runUntil(120_000);

        Answer.Comparison answer =
                ask(recorder, new Circumstances(placement(PlacementPolicy.BINPACK), List.of(), List.of(), Set.of()));

        assertThat(answer.model()).isEqualTo(answer.happened());
        assertThat(answer.happened().waits().maxMs()).isCloseTo(56_000, within(1_000L));
        assertThat(answer.changed().waits().maxMs()).isZero();
    }

    @Test
    void withoutAnAgentItsTasksWaitForTheOther() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 4);
        cluster.join(0, "a1", 2_000);
        cluster.join(0, "a2", 2_000);
        for (int i = 0; i < 8; i++) {
            cluster.at(
                    1_000,
                    RecordedCluster.task("t" + i, "default", 1_000, 10_000).build());
        }
        cluster.runUntil(60_000);

        Answer.Comparison answer = ask(recorder, new Circumstances(null, List.of(), List.of(), Set.of("a2")));

        assertThat(answer.happened().waits().maxMs()).isCloseTo(10_000, within(500L));
        assertThat(answer.changed().waits().maxMs()).isCloseTo(30_000, within(1_000L));
        assertThat(answer.changed().ended()).isEqualTo(8);
    }

    @Test
    void aTaskThatGaveWayRunsThroughWhereItNeedNot() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 5);
        cluster.join(0, "a1", 1_000);
        cluster.at(
                1_000,
                RecordedCluster.task("patient", "default", 1_000, 30_000)
                        .setPriority(10)
                        .setRestartPolicy(RestartPolicy.newBuilder()
                                .setMode(RestartMode.ON_FAILURE)
                                .build())
                        .build());
        cluster.at(
                11_000,
                RecordedCluster.task("urgent", "default", 1_000, 5_000)
                        .setPriority(90)
                        .build());
        cluster.runUntil(90_000);

        ConfigurePool noPreemption =
                ConfigurePool.newBuilder().setPool(POOL).setPreemption(false).build();
        Answer.Comparison answer = ask(recorder, new Circumstances(noPreemption, List.of(), List.of(), Set.of()));

        assertThat(answer.happened().preemptions()).isEqualTo(1);
        assertThat(answer.model()).isEqualTo(answer.happened());
        assertThat(answer.changed().preemptions()).isZero();
        assertThat(answer.changed().waits().maxMs())
                .as("the urgent task's wait")
                .isCloseTo(20_000, within(500L));
        assertThat(answer.changed().makespanMs()).isCloseTo(36_000L, within(500L));
    }

    @Test
    void aLimitOnLossesKeepsWhatRanOnTheSecondOfTwoSilentAgents() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 9);
        cluster.join(0, "a1", 1_000);
        cluster.join(0, "a2", 1_000);
        for (int i = 0; i < 2; i++) {
            cluster.at(
                    1_000,
                    RecordedCluster.task("t" + i, "default", 1_000, 600_000)
                            .setUnreachablePolicy(UnreachablePolicy.newBuilder()
                                    .setAction(UnreachableAction.REPLACE)
                                    .setTimeoutMs(0)
                                    .build())
                            .build());
        }
        cluster.fail(10_000, "a1", 0);
        cluster.fail(10_000, "a2", 0);
        cluster.runUntil(60_000);

        ConfigurePool oneAMinute = ConfigurePool.newBuilder()
                .setPool(POOL)
                .setAgentLossesPerMinute(1)
                .build();
        Answer.Comparison answer = ask(recorder, new Circumstances(oneAMinute, List.of(), List.of(), Set.of()));

        assertThat(answer.happened().attemptsLost()).isEqualTo(2);
        assertThat(answer.model().attemptsLost()).isEqualTo(2);
        assertThat(answer.changed().attemptsLost()).isEqualTo(1);
    }

    @Test
    void whatAFrameworkLaunchedIsDemandLikeOther() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 8);
        cluster.join(0, "a1", 2_000);
        cluster.offersTo(made -> {
            cluster.offersTo(others -> {});
            List<TaskRequest> tasks = List.of(
                    RecordedCluster.task("f0", "default", 1_000, 10_000).build(),
                    RecordedCluster.task("f1", "default", 1_000, 10_000).build());
            cluster.now(AcceptOffers.newBuilder()
                    .setPool(POOL)
                    .setFrameworkId("f")
                    .setIncarnation(1)
                    .setOfferIds(List.of(made.getOffers().get(0).getOfferId()))
                    .setOperations(List.of(OfferOperation.newBuilder()
                            .setType(OperationType.LAUNCH)
                            .setTasks(tasks)
                            .build()))
                    .build());
            cluster.now(new SuppressOffers(POOL, "f", 1L, List.of()));
        });
        cluster.at(1_000, Records.subscribe(POOL, "f", 1));
        cluster.at(2_000, RecordedCluster.task("t", "default", 2_000, 1_000).build());
        cluster.runUntil(20_000);

        Circumstances oneMore =
                new Circumstances(null, List.of(), List.of(RecordedCluster.agent("a2", 2_000)), Set.of());
        Answer.Comparison answer = ask(recorder, oneMore);

        assertThat(answer.happened().started()).isEqualTo(3);
        assertThat(answer.happened().waits().maxMs()).isCloseTo(9_000, within(750L));
        assertThat(answer.model().ended()).isEqualTo(3);
        assertThat(answer.model().waits()).isEqualTo(answer.happened().waits());
        assertThat(answer.changed().waits().maxMs()).isZero();
        assertThat(answer.assumptions()).anyMatch(said -> said.startsWith("2 tasks were launched by frameworks."));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void theModelOfWhatWasAgreesWithWhatWas(long seed) {
        Recorder recorder = recorder();
        eventful(new RecordedCluster(recorder, seed), seed);

        Answer.Comparison answer = ask(recorder, Circumstances.AS_THEY_WERE);

        agrees(answer);
        assertThat(answer.happened().attemptsLost()).isPositive();
        assertThat(answer.happened().preemptions()).isPositive();
        assertThat(answer.changed()).as("the same question has the same answer").isEqualTo(answer.model());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void theModelOfAPartOfWhatWasAgreesWithIt(long seed) {
        Recorder recorder =
                new Recorder(POOL, 1, RecordedCluster.START_MS + 100_000, RecordedCluster.START_MS + 250_000);
        eventful(new RecordedCluster(recorder, seed), seed);

        Answer.Comparison answer = ask(recorder, Circumstances.AS_THEY_WERE);

        assertThat(answer.from().toEpochMilli()).isEqualTo(RecordedCluster.START_MS + 100_000);
        assertThat(answer.to().toEpochMilli())
                .isBetween(RecordedCluster.START_MS + 250_000, RecordedCluster.START_MS + 250_249);
        agrees(answer);
    }

    private static void agrees(Answer.Comparison answer) {
        Figures was = answer.happened();
        Figures model = answer.model();
        assertThat(model.submitted()).isEqualTo(was.submitted());
        assertThat(model.started()).isCloseTo(was.started(), within(was.started() / 100));
        assertThat(model.ended()).isCloseTo(was.ended(), within(was.ended() / 100));
        assertThat(model.waits().meanMs())
                .isCloseTo(was.waits().meanMs(), within(was.waits().meanMs() / 50));
        assertThat(model.waits().p99Ms())
                .isCloseTo(was.waits().p99Ms(), within(was.waits().p99Ms() / 50));
        assertThat(model.cpus()).isCloseTo(was.cpus(), within(0.005));
        assertThat(model.fairness()).isCloseTo(was.fairness(), within(0.005));
    }

    /** Seven minutes with three roles, failing agents, kills, tasks that fail and tasks that give way. */
    private static void eventful(RecordedCluster cluster, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 6; i++) {
            cluster.join(i * 100L, "a" + i, 4_000);
        }
        cluster.at(
                500,
                SetRole.newBuilder()
                        .setPool(POOL)
                        .setRole("eng")
                        .setWeightMilli(2_000)
                        .build());
        cluster.fail(60_000, "a0", 40_000);
        cluster.fail(150_000, "a1", 0);
        cluster.leave(200_000, "a2", 20_000);
        List<String> roles = List.of("eng/search", "eng/ads", "science", "batch");
        for (int i = 0; i < 500; i++) {
            long atMs = 1_000L + random.nextInt(280_000);
            String taskId = (random.nextInt(10) == 0 ? "fails" : "task") + i;
            cluster.at(
                    atMs,
                    RecordedCluster.task(
                                    taskId,
                                    roles.get(random.nextInt(roles.size())),
                                    500 + 500L * random.nextInt(3),
                                    1_000L + random.nextInt(20_000))
                            .setPriority(random.nextInt(20) == 0 ? 90 : 50)
                            .setRestartPolicy(RestartPolicy.newBuilder()
                                    .setMode(RestartMode.ON_FAILURE)
                                    .build())
                            .build());
            if (random.nextInt(20) == 0) {
                cluster.at(atMs + random.nextInt(20_000), Records.kill(POOL, taskId));
            }
        }
        cluster.runUntil(420_000);
    }

    @Test
    void saysWhatIsWrongWithACircumstanceAsTheSchedulerWould() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 6);
        cluster.join(0, "a1", 1_000);
        cluster.runUntil(1_000);
        SetRole impossible = SetRole.newBuilder()
                .setPool(POOL)
                .setRole("x")
                .setGuarantee(Quota.newBuilder().setCpuMillis(2_000L).build())
                .setLimit(Quota.newBuilder().setCpuMillis(1_000L).build())
                .build();

        Answer answer = WhatIf.ask(recorder, new Circumstances(null, List.of(impossible), List.of(), Set.of()));

        assertThat(answer).isInstanceOf(Answer.Refused.class);
        assertThat(((Answer.Refused) answer).why()).contains("SetRole").contains("limit");
    }

    @Test
    void knowsNothingOfAnAgentThatWasNeverThere() {
        Recorder recorder = recorder();
        RecordedCluster cluster = new RecordedCluster(recorder, 7);
        cluster.join(0, "a1", 1_000);
        cluster.runUntil(1_000);

        Answer answer = WhatIf.ask(recorder, new Circumstances(null, List.of(), List.of(), Set.of("a9")));

        assertThat(answer).isEqualTo(new Answer.Refused("pool default had no agent a9 within this period"));
    }

    private static Recorder recorder() {
        return new Recorder(POOL, 1, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private static Answer.Comparison ask(Recorder recorder, Circumstances circumstances) {
        return (Answer.Comparison) WhatIf.ask(recorder, circumstances);
    }

    private static ConfigurePool placement(PlacementPolicy policy) {
        return ConfigurePool.newBuilder().setPool(POOL).setPlacement(policy).build();
    }

    private static RoleFigures role(Figures figures, String role) {
        return figures.roles().stream()
                .filter(of -> of.role().equals(role))
                .findFirst()
                .orElseThrow();
    }
}
