package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.NewTopics;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskState;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topics;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import dev.millrace.state.SavedOffer;
import dev.millrace.state.SavedTask;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How frameworks and offers are shown, where the test wrote what the scheduler would have stored. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FrameworkCommandsTest {
    private static final ClusterConfig CONFIG =
            new ClusterConfig(TestBroker.bootstrapServers(), new Topics(TestBroker.newPrefix("frameworks")), Map.of());
    private static final RecordCodec CODEC = new RecordCodec();
    private static final long ELAPSED_MS = 1_000_000;
    private static final Resources HALF_A_CPU =
            Resources.newBuilder().setCpuMillis(500).setMemMib(64).build();

    @BeforeAll
    static void store() throws Exception {
        try (var admin = Admin.create(CONFIG.adminProperties());
                var producer = new KafkaProducer<byte[], byte[]>(CONFIG.producerProperties())) {
            List<NewTopic> changelogs = Stream.of(Store.values())
                    .map(store -> new NewTopic(CONFIG.topics().changelog(store), 1, (short) 1))
                    .toList();
            admin.createTopics(changelogs).all().get();
            NewTopics.awaitServed(admin, changelogs.stream().map(NewTopic::name).toList(), Duration.ofSeconds(30));
            put(producer, Store.CLOCK, "clock", new SavedClock(ELAPSED_MS, ELAPSED_MS));
            put(producer, Store.FRAMEWORKS, "default/spark", spark());
            put(producer, Store.FRAMEWORKS, "default/chronos", chronos());
            put(producer, Store.OFFERS, "default/o2", offer("o2", "spark", "agent-1", 990_000));
            put(producer, Store.OFFERS, "default/o1", offer("o1", "spark", "agent-2", 940_000));
            put(producer, Store.OFFERS, "default/o3", offer("o3", "chronos", "agent-1", 999_000));
            put(
                    producer,
                    Store.FILTERS,
                    "default/spark/agent-3/eng",
                    new SavedFilter("default", "spark", "eng", "agent-3", HALF_A_CPU, ELAPSED_MS + 30_000, 0L));
            put(
                    producer,
                    Store.FILTERS,
                    "default/spark/agent-4/eng",
                    new SavedFilter("default", "spark", "eng", "agent-4", HALF_A_CPU, ELAPSED_MS - 1, 0L));
            put(
                    producer,
                    Store.EXECUTORS,
                    "default/spark/agent-1/e1",
                    new SavedExecutor(
                            "default",
                            "spark",
                            "agent-1",
                            "eng",
                            ExecutorSpec.newBuilder()
                                    .setExecutorId("e1")
                                    .setName("worker")
                                    .setShell("true")
                                    .setResources(HALF_A_CPU)
                                    .build(),
                            false));
            put(producer, Store.AGENTS, "default/agent-1", agent("agent-1"));
            put(producer, Store.AGENTS, "default/agent-3", agent("agent-3"));
            put(producer, Store.TASKS, "default/t1", task("t1", "spark", "e1"));
            put(producer, Store.TASKS, "default/t2", task("t2", "", ""));
        }
    }

    @Test
    void listsFrameworks() {
        var typed = type("frameworks");

        assertThat(typed.exitCode()).as(typed.err()).isZero();
        assertThat(typed.out()).isEqualTo("""
                        FRAMEWORK  POOL     NAME    STATE         ROLES        TASKS  OFFERS  SINCE   PRINCIPAL
                        chronos    default          DISCONNECTED  eng              0       1  10s     cron
                        spark      default  Spark!  ACTIVE        eng,science      1       2  16m40s  ada
                        """);
        assertThat(type("frameworks", "--pool=gpu").err()).isEqualTo("No frameworks.\n");
    }

    @Test
    void writesFrameworksAsObjects() throws JsonProcessingException {
        var lines = type("frameworks", "-o=json").out().lines().toList();

        assertThat(lines).hasSize(2);
        var spark = new ObjectMapper().readTree(lines.get(1));
        assertThat(spark.get("frameworkId").asText()).isEqualTo("spark");
        assertThat(spark.get("state").asText()).isEqualTo("FRAMEWORK_ACTIVE");
        assertThat(spark.get("stateForMs").asLong()).isEqualTo(ELAPSED_MS);
        assertThat(spark.get("tasks").asInt()).isEqualTo(1);
        assertThat(spark.get("offers").get(0).get("offerId").asText()).isEqualTo("o1");
        assertThat(spark.get("offers").get(0).get("ageMs").asLong()).isEqualTo(60_000);
        assertThat(spark.get("executors").get(0).get("agentId").asText()).isEqualTo("agent-1");
        assertThat(spark.get("filters")).hasSize(2);
    }

    @Test
    void showsAllOfOneFramework() {
        var typed = type("framework", "show", "spark");

        assertThat(typed.exitCode()).as(typed.err()).isZero();
        assertThat(typed.out())
                .contains("state       ACTIVE for 16m40s\n")
                .contains("failover    7d0h\n")
                .contains("web page    http://spark.example/\n")
                .contains("labels      team=science\n")
                .endsWith("""

                        ROLE     SUPPRESSED  UNIT                             WANTED  CONSTRAINTS
                        eng      no          0.5 cpus, 64MiB memory, 2 ports       7  os exists
                        science  yes         -                                   all

                        EXECUTOR  AGENT    ROLE  RESOURCES               NAME
                        e1        agent-1  eng   0.5 cpus, 64MiB memory  worker

                        NOT OFFERED  ROLE  NO MORE THAN            FOR
                        agent-3      eng   0.5 cpus, 64MiB memory  30s
                        """);
    }

    @Test
    void saysWhenADisconnectedFrameworkIsOver() {
        assertThat(type("framework", "show", "chronos").out())
                .contains("state       DISCONNECTED for 10s; its tasks are killed in 50s\n");
    }

    @Test
    void namesTheFrameworkThatMayBeMeant() {
        var near = type("framework", "show", "sparc");
        var far = type("framework", "show", "marathon");

        assertThat(near.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(near.err()).isEqualTo("millrace framework show: no framework sparc is known; did you mean spark?\n");
        assertThat(far.err())
                .isEqualTo(
                        "millrace framework show: no framework marathon is known; millrace frameworks lists those that are\n");
    }

    @Test
    void listsOffersTheOldestFirst() {
        assertThat(type("offers").out()).isEqualTo("""
                        OFFER  POOL     FRAMEWORK  ROLE  AGENT    RESOURCES               AGE
                        o1     default  spark      eng   agent-2  0.5 cpus, 64MiB memory  1m00s
                        o2     default  spark      eng   agent-1  0.5 cpus, 64MiB memory  10s
                        o3     default  chronos    eng   agent-1  0.5 cpus, 64MiB memory  1.0s
                        """);
    }

    @Test
    void narrowsOffersToAFrameworkAndAnAgent() {
        assertThat(type("offers", "--framework=spark", "--agent=agent-1", "-o=json")
                        .out())
                .startsWith("{\"pool\":\"default\",\"offerId\":\"o2\",")
                .hasLineCount(1);
        assertThat(type("offers", "--framework=chronos", "--agent=agent-2").err())
                .isEqualTo("No such offer.\n");
    }

    @Test
    void showsWhichTasksAFrameworkLaunched() {
        assertThat(type("tasks").out()).containsPattern("t1 +spark +RUNNING").containsPattern("t2 +- +RUNNING");
        assertThat(type("tasks", "--framework=spark").out()).contains("t1").doesNotContain("t2");
        assertThat(type("task", "t1").out()).contains("framework   spark, executor e1\n");
    }

    @Test
    void showsWhatOfAgentsIsOfferedAndWhichHaveExecutors() {
        assertThat(type("agents").out())
                .containsPattern("AGENT +POOL +STATE +TASKS +CPUS +MEMORY +EXECUTORS +OFFERED +HOST +REGISTERED\n")
                .containsPattern("agent-1 .* 0.5/4 +64MiB/1GiB +1 +1 cpus, 128MiB memory +host")
                .containsPattern("agent-3 .* 0/4 +0MiB/1GiB +0 +- +host");
    }

    private static void put(Producer<byte[], byte[]> producer, Store store, String key, SpecificRecord value)
            throws Exception {
        producer.send(new ProducerRecord<>(
                        CONFIG.topics().changelog(store), 0, key.getBytes(StandardCharsets.UTF_8), CODEC.encode(value)))
                .get();
    }

    private static SavedFramework spark() {
        return framework("spark")
                .setName("Spark!")
                .setPrincipal("ada")
                .setWebUiUrl("http://spark.example/")
                .setLabels(List.of(new KeyValue("team", "science")))
                .setRoles(List.of(
                        role(FrameworkRole.newBuilder()
                                .setRole("eng")
                                .setUnit(HALF_A_CPU)
                                .setUnitPorts(2)
                                .setUnitsWanted(7)
                                .setConstraints(List.of(new Constraint("os", ConstraintOperator.EXISTS, List.of())))
                                .build()),
                        role(FrameworkRole.newBuilder()
                                .setRole("science")
                                .setSuppressed(true)
                                .build())))
                .build();
    }

    private static SavedFrameworkRole role(FrameworkRole wants) {
        return new SavedFrameworkRole(wants, 0L);
    }

    private static SavedFramework chronos() {
        return framework("chronos")
                .setName("")
                .setPrincipal("cron")
                .setWebUiUrl("")
                .setRoles(List.of(role(FrameworkRole.newBuilder().setRole("eng").build())))
                .setState(FrameworkState.FRAMEWORK_DISCONNECTED)
                .setSinceMs(ELAPSED_MS - 10_000)
                .setFailoverTimeoutMs(60_000)
                .build();
    }

    private static SavedFramework.Builder framework(String id) {
        return SavedFramework.newBuilder()
                .setPool("default")
                .setFrameworkId(id)
                .setIncarnation(1)
                .setFailoverTimeoutMs(604_800_000)
                .setState(FrameworkState.FRAMEWORK_ACTIVE)
                .setHeardMs(0)
                .setSinceMs(0)
                .setRegisteredWallMs(ELAPSED_MS);
    }

    private static SavedOffer offer(String id, String framework, String agent, long madeMs) {
        return new SavedOffer("default", id, framework, "eng", agent, HALF_A_CPU, List.of(), 0, madeMs);
    }

    private static SavedAgent agent(String id) {
        return SavedAgent.newBuilder()
                .setPool("default")
                .setAgentId(id)
                .setIncarnation(1)
                .setWorkDirId("w")
                .setHostname("host")
                .setLaunchPartition(0)
                .setResources(Resources.newBuilder()
                        .setCpuMillis(4_000)
                        .setMemMib(1_024)
                        .build())
                .setAttributes(List.of())
                .setVersion("0.1.0")
                .setState(AgentState.AGENT_ACTIVE)
                .setTerms(new AgentTerms(1_000L, 2_000L, 3_000L))
                .setHeardMs(0)
                .setSinceMs(0)
                .setRegisteredWallMs(ELAPSED_MS)
                .build();
    }

    private static SavedTask task(String id, String framework, String executor) {
        return SavedTask.newBuilder()
                .setPool("default")
                .setTaskId(id)
                .setSubmissionId("")
                .setRole("eng")
                .setSubmission(1)
                .setState(TaskState.TASK_RUNNING)
                .setAttempt(1)
                .setSequence(3)
                .setAgentId("agent-1")
                .setAcceptedWallMs(ELAPSED_MS)
                .setQueuedMs(0)
                .setFrameworkId(framework)
                .setExecutorId(executor)
                .build();
    }

    private static Cli type(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--bootstrap-server=" + CONFIG.bootstrapServers());
        all.add("--prefix=" + CONFIG.topics().prefix());
        return Cli.type(all.toArray(String[]::new));
    }
}
