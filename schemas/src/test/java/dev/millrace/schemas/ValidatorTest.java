package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Artifact;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.HealthCheck;
import dev.millrace.contract.HealthCheckType;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.SecretRef;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Tick;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class ValidatorTest {
    @Test
    void findsNoFaultWithRealRecords() {
        for (SpecificRecord record : SampleRecords.byHand()) {
            assertThat(Validator.faults(record))
                    .as(record.getSchema().getName())
                    .isEmpty();
        }
    }

    @Test
    void namesEveryFaultWithFieldValueAndRule() {
        TaskRequest request = SampleRecords.taskRequest()
                .setPool("Big Pool")
                .setTaskId("../etc")
                .setRole("eng//web")
                .setPriority(900)
                .setInstance(-1)
                .build();

        assertThat(Validator.faults(request))
                .containsExactly(
                        "pool is \"Big Pool\": must be 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
                        "taskId is \"../etc\": must be 1 to 200 characters of A-Z, a-z, 0-9, '.', '_', '-' and '/', "
                                + "a letter or digit first and after each '/'",
                        "instance is -1: must be 0 to 2147483647",
                        "role is \"eng//web\": must be 1 to 128 characters of a-z, 0-9, '_', '-' and '/', "
                                + "a letter or digit first and after each '/'",
                        "priority is 900: must be 0 to 100");
    }

    @Test
    void identityFaultsAreThoseOfIdsOnly() {
        TaskRequest request =
                SampleRecords.taskRequest().setTaskId("").setPriority(900).build();

        assertThat(Validator.identityFaults(request)).singleElement().asString().startsWith("taskId is \"\": ");
        assertThat(Validator.identityFaults(
                        SampleRecords.taskRequest().setPriority(900).build()))
                .isEmpty();
    }

    @Test
    void eachIdHasItsGrammar() {
        for (String good : List.of("a", "A.b_c-d/0/e", "0", "x".repeat(200))) {
            assertThat(Validator.identityFaults(kill("default", good))).as(good).isEmpty();
        }
        for (String bad : List.of("", "/a", "a/", "a//b", "a/../b", ".a", "a b", "ä", "a\u0000", "x".repeat(201))) {
            assertThat(Validator.identityFaults(kill("default", bad))).as(bad).hasSize(1);
        }
        for (String bad : List.of("", "A", "-a", "a/b", "x".repeat(65))) {
            assertThat(Validator.identityFaults(kill(bad, "a"))).as(bad).hasSize(1);
        }
    }

    @Test
    void aTaskHasOneCommand() {
        assertFaults(request().setShell(null), "shell and argv are missing: one must be given");
        assertFaults(request().setArgv(List.of("ls")), "shell and argv are both given: one must be");
        assertFaults(request().setShell(" "), "shell is blank: must be a line for /bin/sh");
        assertFaults(request().setShell("a\0b"), "shell is \"a?b\": must not contain the character NUL");
        assertFaults(request().setShell(null).setArgv(List.of("", "x")), "argv[0] is blank: must be the program");
        assertFaults(request().setShell(null).setArgv(List.of("echo", "")));
    }

    @Test
    void keysAreSortedAndUnique() {
        assertFaults(
                request().setLabels(List.of(new KeyValue("b", ""), new KeyValue("a", ""))),
                "labels[1].key is \"a\": must come after \"b\", because labels are sorted by key");
        assertFaults(
                request().setEnvironment(List.of(new KeyValue("A", "1"), new KeyValue("A", "2"))),
                "environment[1].key is \"A\": must not be there twice");
        assertFaults(
                request().setEnvironment(List.of(new KeyValue("A=B", "1"))),
                "environment[0].key is \"A=B\": must not contain '='");
        assertFaults(
                request().setSecrets(List.of(new SecretRef("LANG", "x"))),
                "secrets[0].variable is \"LANG\": must not be there twice");
    }

    @Test
    void amountsHaveLimits() {
        assertFaults(
                request().setResources(resources(-1, 1)), "resources.cpuMillis is -1: must be 0 to 100000000000000");
        assertFaults(
                request().setResources(resources(1, Long.MAX_VALUE)),
                "resources.memMib is 9223372036854775807: must be 0 to 100000000000000");
        assertFaults(
                request().setResources(resources(0, 0)),
                "resources ask for neither cpuMillis nor memMib: one of them must be more than 0");
        assertFaults(
                request().setResources(resources(500, 64)).setLimits(resources(400, 0)),
                "limits.cpuMillis is 400: must be 0 or at least resources.cpuMillis, 500");
        assertFaults(request().setPortCount(1_001), "portCount is 1001: must be 0 to 1000");
    }

    @Test
    void portsAndScalarsAreSorted() {
        assertFaults(
                request().setResources(ports(new PortRange(10, 20), new PortRange(20, 30))),
                "resources.ports[1] is 20 to 30: must begin above 20, because ports are sorted and do not overlap");
        assertFaults(
                request().setResources(ports(new PortRange(20, 10))),
                "resources.ports[0] is 20 to 10: must be from 1 to 65535, the first not above the last");
        assertFaults(
                request().setResources(ports(new PortRange(0, 70_000))),
                "resources.ports[0] is 0 to 70000: must be from 1 to 65535, the first not above the last");
        assertFaults(
                request().setResources(scalars(new ScalarQuantity("b", 1L), new ScalarQuantity("a", 1L))),
                "resources.scalars[1].name is \"a\": must come after \"b\", because resources.scalars are sorted by name");
        assertFaults(
                request().setResources(scalars(new ScalarQuantity("B", 1L))),
                "resources.scalars[0].name is \"B\": must be 1 to 64 characters of a-z, 0-9, '_' and '-'");
    }

    @Test
    void constraintsHaveTheValuesThatTheirOperatorTakes() {
        assertFaults(constraint(ConstraintOperator.EQUALS), "constraints[0] has 0 values: EQUALS takes 1");
        assertFaults(constraint(ConstraintOperator.MATCHES, "a", "b"), "constraints[0] has 2 values: MATCHES takes 1");
        assertFaults(constraint(ConstraintOperator.IN), "constraints[0] has 0 values: IN takes 1 to 64");
        assertFaults(constraint(ConstraintOperator.EXISTS, "a"), "constraints[0] has 1 values: EXISTS takes none");
        assertFaults(
                constraint(ConstraintOperator.OPERATOR_UNKNOWN),
                "constraints[0].operator is unknown: must be EQUALS, NOT_EQUALS, MATCHES, IN or EXISTS");
        assertFaults(
                request()
                        .setConstraints(
                                Collections.nCopies(17, new Constraint("a", ConstraintOperator.EXISTS, List.of()))),
                "constraints has 17 entries: may have at most 16");
    }

    @Test
    void theNameOfAClassOfRequestsStaysShort() {
        List<String> values = Collections.nCopies(64, "x".repeat(256));

        assertFaults(
                request().setConstraints(List.of(new Constraint("a", ConstraintOperator.IN, values))),
                "constraints have 16385 characters of attributes and values: may have at most 8192");
    }

    @Test
    void policiesAreComplete() {
        assertFaults(
                request().setKillPolicy(new KillPolicy(3_600_001L)),
                "killPolicy.gracePeriodMs is 3600001: must be 0 to 3600000");
        assertFaults(
                request().setRestartPolicy(new RestartPolicy(RestartMode.RESTART_UNKNOWN, -1, 10L, 9L)),
                "restartPolicy.mode is unknown: must be NEVER, ON_FAILURE or ALWAYS",
                "restartPolicy.attempts is -1: must be 0 to 1000000",
                "restartPolicy.maxDelayMs is 9: must be delayMs to 86400000");
        assertFaults(
                request().setUnreachablePolicy(new UnreachablePolicy(UnreachableAction.UNREACHABLE_UNKNOWN, 0L)),
                "unreachablePolicy.action is unknown: must be REPLACE or WAIT");
        assertFaults(request().setMaxRunTimeMs(0L), "maxRunTimeMs is 0: must be 1 to 31536000000");
        assertFaults(
                request().setExpiresAt(Instant.ofEpochMilli(Long.MAX_VALUE)),
                "expiresAt is +292278994-08-17T07:12:55.807Z: must be from 1970 to 9999");
    }

    @Test
    void whatComesLaterHasRulesAlready() {
        assertFaults(
                request().setArtifacts(List.of(new Artifact("http://x", "a/../../b", "00", false, false))),
                "artifacts[0].path is \"a/../../b\": must be below the sandbox, without '..'",
                "artifacts[0].sha256 is \"00\": must be 64 characters of 0-9 and a-f");
        assertFaults(request().setGang(new Gang("g", 0, 1_000L)), "gang.size is 0: must be 1 to 1000");
        assertFaults(
                request()
                        .setSpreads(List.of(new Spread(
                                "rack", List.of(new SpreadTarget("a", 600), new SpreadTarget("b", 500)), true, 50))),
                "spreads[0].targets have shares of 1100 thousandths: may have at most 1000");
        assertFaults(
                request()
                        .setHealthChecks(List.of(
                                new HealthCheck(HealthCheckType.HTTP, "x", null, 1_000L, 1_000L, 0L, 3),
                                new HealthCheck(HealthCheckType.COMMAND, null, 80, 1_000L, 1_000L, 0L, 3))),
                "healthChecks[0].port is missing: must be 1 to 65535",
                "healthChecks[0].target is \"x\": must be a path that begins with '/'",
                "healthChecks[1].port is 80: must not be given for this type",
                "healthChecks[1].target is missing: must be a line for /bin/sh");
    }

    @Test
    void aRegistrationListsEachAttemptOnceInAStateThatAnAgentKnows() {
        AgentTask task = SampleRecords.agentRegistered().build().getTasks().get(0);
        AgentTask finished = AgentTask.newBuilder(task)
                .setTaskId("b")
                .setState(TaskState.TASK_FINISHED)
                .build();

        assertThat(Validator.faults(SampleRecords.agentRegistered()
                        .setTasks(List.of(task, task, finished))
                        .build()))
                .containsExactly(
                        "tasks[1] is attempt 1 of \"licences-k3f9/count/0\": must not be there twice",
                        "tasks[2].state is TASK_FINISHED: must be one of [TASK_STAGING, TASK_STARTING, TASK_RUNNING, TASK_KILLING]");
    }

    @Test
    void aRegistrationHasRoomForAnAttemptsOwnPortsAndThoseThatItWasGiven() {
        List<PortRange> apart = IntStream.range(0, 2_001)
                .mapToObj(i -> new PortRange(1_000 + 2 * i, 1_000 + 2 * i))
                .toList();

        assertThat(Validator.faults(registrationWithPorts(apart.subList(0, 2_000))))
                .isEmpty();
        assertThat(Validator.faults(registrationWithPorts(apart)))
                .containsExactly("tasks[0].resources.ports has 2001 entries: may have at most 2000");
    }

    private static AgentRegistered registrationWithPorts(List<PortRange> ports) {
        AgentTask task = SampleRecords.agentRegistered().build().getTasks().get(0);
        Resources resources =
                Resources.newBuilder(task.getResources()).setPorts(ports).build();
        return SampleRecords.agentRegistered()
                .setTasks(List.of(
                        AgentTask.newBuilder(task).setResources(resources).build()))
                .build();
    }

    @Test
    void aReportSaysOneEnd() {
        assertThat(Validator.faults(SampleRecords.taskReport()
                        .setSignal(9)
                        .setState(TaskState.TASK_LOST)
                        .setSource(StatusSource.SOURCE_SCHEDULER)
                        .setReportSequence(0)
                        .build()))
                .containsExactly(
                        "reportSequence is 0: must be 1 to 9223372036854775807",
                        "state is TASK_LOST: must be one of [TASK_STARTING, TASK_RUNNING, TASK_FINISHED, TASK_FAILED, "
                                + "TASK_KILLED, TASK_ERROR, TASK_DROPPED]",
                        "source is SOURCE_SCHEDULER: must be SOURCE_AGENT or SOURCE_EXECUTOR",
                        "exitCode and signal are both given: a process ends by one of them");
    }

    @Test
    void settingsOfAPoolFitEachOther() {
        ConfigurePool configure = ConfigurePool.newBuilder()
                .setPool("default")
                .setHeartbeatIntervalMs(1_000L)
                .setLeaseMs(1_999L)
                .setUnreachableTimeoutMs(2_499L)
                .setMaxTasksPerAgent(0)
                .build();

        assertThat(Validator.faults(configure))
                .containsExactly(
                        "leaseMs is 1999: must be at least two heartbeat intervals of 1000",
                        "maxTasksPerAgent is 0: must be 1 to 1000");
        assertThat(Validator.faults(ConfigurePool.newBuilder(configure)
                        .setLeaseMs(2_000L)
                        .setMaxTasksPerAgent(1)
                        .build()))
                .containsExactly("unreachableTimeoutMs is 2499: must be at least 1.25 times the lease of 2000");
    }

    @Test
    void internalRecordsAreCheckedToo() {
        assertThat(Validator.faults(new Tick(-1, 0L)))
                .containsExactly("partition is -1: must be 0 to 1000000", "intervalMs is 0: must be 1 to 600000");
        assertThat(Validator.faults(new Redirected("default", "internal", 0, -1L, ByteBuffer.allocate(0))))
                .containsExactly(
                        "topic is \"internal\": must be an inbound topic other than internal",
                        "offset is -1: must be 0 to 9223372036854775807");
    }

    @Test
    void aHostileRecordGetsAHundredFaultsAndNoMore() {
        List<KeyValue> labels = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            labels.add(new KeyValue("\u0001", ""));
        }

        List<String> faults = Validator.faults(request().setLabels(labels).build());

        assertThat(faults).hasSize(101).last().isEqualTo("and more");
    }

    @Test
    void poolsAreKnownOfAllInboundRecordsButTicks() {
        for (Topic topic : Topic.inbound()) {
            for (Class<?> type : topic.types()) {
                SpecificRecord record = new RandomRecords(new java.util.Random(1))
                        .record(RecordTypes.of(type).orElseThrow().schema());
                assertThat(Pools.of(record).isPresent())
                        .as(type.getSimpleName())
                        .isEqualTo(type != Tick.class);
            }
        }
    }

    private static TaskRequest.Builder request() {
        return SampleRecords.taskRequest();
    }

    private static TaskRequest.Builder constraint(ConstraintOperator operator, String... values) {
        return request().setConstraints(List.of(new Constraint("os", operator, List.of(values))));
    }

    private static KillRequest kill(String pool, String task) {
        return new KillRequest(pool, task, null, "", "");
    }

    private static Resources resources(long cpuMillis, long memMib) {
        return Resources.newBuilder().setCpuMillis(cpuMillis).setMemMib(memMib).build();
    }

    private static Resources ports(PortRange... ports) {
        return Resources.newBuilder().setCpuMillis(1).setPorts(List.of(ports)).build();
    }

    private static Resources scalars(ScalarQuantity... scalars) {
        return Resources.newBuilder()
                .setCpuMillis(1)
                .setScalars(List.of(scalars))
                .build();
    }

    private static void assertFaults(TaskRequest.Builder request, String... faults) {
        assertThat(Validator.faults(request.build())).containsExactly(faults);
    }
}
