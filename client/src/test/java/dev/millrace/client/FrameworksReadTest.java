package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentState;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Store;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import dev.millrace.state.SavedOffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the read model makes of stored frameworks, offers, filters and executors. */
class FrameworksReadTest {
    private static final Resources ONE_CPU =
            Resources.newBuilder().setCpuMillis(1_000).setMemMib(64).build();

    private final TestCluster cluster = TestCluster.without("frameworks-read");
    private final StoredRecords stored = new StoredRecords(cluster);

    @BeforeEach
    void store() throws Exception {
        stored.makeChangelogs();
        stored.commit(() -> {
            framework("default", "spark");
            framework("default", "chronos");
            framework("defaults", "spark");
            task("default", "a", "spark", TaskState.TASK_RUNNING);
            task("default", "b", "spark", TaskState.TASK_UNREACHABLE);
            task("default", "requested", "", TaskState.TASK_RUNNING);
            task("defaults", "c", "spark", TaskState.TASK_RUNNING);
            stored.put(StoredRecords.task("default", "over", 9, TaskState.TASK_FINISHED)
                    .setFrameworkId("spark")
                    .setEnded(true)
                    .build());
            offer("default", "o-2", "spark", 2_000);
            offer("default", "o-10", "chronos", 1_000);
            offer("defaults", "o-1", "spark", 500);
            executor("e2", "agent-1");
            executor("e1", "agent-1");
            executor("e3", "agent-0");
            stored.put(
                    Store.FILTERS,
                    "default",
                    "default/spark/agent-1/eng",
                    new SavedFilter("default", "spark", "eng", "agent-1", ONE_CPU, 7_000L, 0L));
            stored.put(Store.AGENTS, "default", "default/agent-1", agent());
        });
    }

    @AfterEach
    void close() {
        stored.close();
        cluster.close();
    }

    @Test
    void listsFrameworksWithAllThatTheyHave() {
        try (ReadModel model = ReadModel.of(cluster.config)) {
            assertThat(model.frameworks(""))
                    .extracting(summary -> summary.framework().getPool() + "/"
                            + summary.framework().getFrameworkId() + ":" + summary.tasks())
                    .containsExactly("default/chronos:0", "default/spark:2", "defaults/spark:1");

            FrameworkSummary spark = model.frameworks("default").get(1);
            assertThat(spark.occupied().getCpuMillis())
                    .as("two tasks, three executors")
                    .isEqualTo(200 + 3_000);
            assertThat(spark.offers()).extracting(SavedOffer::getOfferId).containsExactly("o-2");
            assertThat(spark.executors())
                    .extracting(executor -> executor.getExecutor().getExecutorId())
                    .containsExactly("e3", "e1", "e2");
            assertThat(spark.filters()).extracting(SavedFilter::getRole).containsExactly("eng");
            assertThat(model.frameworks("gpu")).isEmpty();
        }
    }

    @Test
    void listsOffersOfAPoolTheOldestFirst() {
        try (ReadModel model = ReadModel.of(cluster.config)) {
            assertThat(model.offers("default"))
                    .extracting(SavedOffer::getOfferId)
                    .containsExactly("o-10", "o-2");
            assertThat(model.offers("")).extracting(SavedOffer::getOfferId).containsExactly("o-10", "o-2", "o-1");
        }
    }

    @Test
    void narrowsTasksToThoseOfAFramework() {
        try (ReadModel model = ReadModel.of(cluster.config)) {
            TaskFilter ofSpark = TaskFilter.all().inPool("default").ofFramework("spark");

            assertThat(model.tasks(ofSpark)).extracting(TaskView::taskId).containsExactlyInAnyOrder("a", "b", "over");
            assertThat(model.tasks(ofSpark.live())).extracting(TaskView::taskId).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void countsExecutorsAndOffersAtTheirAgent() {
        try (ReadModel model = ReadModel.of(cluster.config)) {
            AgentSummary agent = model.agents("default").get(0);

            assertThat(agent.attempts()).isEqualTo(3);
            assertThat(agent.executors()).isEqualTo(2);
            assertThat(agent.occupied().getCpuMillis()).isEqualTo(300 + 2_000);
            assertThat(agent.offered().getCpuMillis()).isEqualTo(2_000);
        }
    }

    private void framework(String pool, String id) {
        stored.put(
                Store.FRAMEWORKS,
                pool,
                pool + "/" + id,
                SavedFramework.newBuilder()
                        .setPool(pool)
                        .setFrameworkId(id)
                        .setIncarnation(1)
                        .setName("")
                        .setPrincipal("")
                        .setWebUiUrl("")
                        .setRoles(List.of(new SavedFrameworkRole(
                                FrameworkRole.newBuilder().setRole("eng").build(), 0L)))
                        .setFailoverTimeoutMs(1_000)
                        .setState(FrameworkState.FRAMEWORK_ACTIVE)
                        .setHeardMs(0)
                        .setSinceMs(0)
                        .setRegisteredWallMs(0)
                        .build());
    }

    private void task(String pool, String id, String framework, TaskState state) {
        stored.put(
                Store.REQUESTS,
                pool,
                pool + "/" + id,
                TestCluster.request(pool, id).build());
        stored.put(StoredRecords.task(pool, id, 1, state)
                .setAgentId("agent-1")
                .setFrameworkId(framework)
                .build());
    }

    private void offer(String pool, String id, String framework, long madeMs) {
        stored.put(
                Store.OFFERS,
                pool,
                pool + "/" + id,
                new SavedOffer(pool, id, framework, "eng", "agent-1", ONE_CPU, List.of(), 0, madeMs));
    }

    private void executor(String id, String agent) {
        ExecutorSpec spec = ExecutorSpec.newBuilder()
                .setExecutorId(id)
                .setShell("true")
                .setResources(ONE_CPU)
                .build();
        stored.put(
                Store.EXECUTORS,
                "default",
                "default/spark/" + agent + "/" + id,
                new SavedExecutor("default", "spark", agent, "eng", spec, false));
    }

    private static SavedAgent agent() {
        return SavedAgent.newBuilder()
                .setPool("default")
                .setAgentId("agent-1")
                .setIncarnation(1)
                .setWorkDirId("w")
                .setHostname("h")
                .setLaunchPartition(0)
                .setResources(ONE_CPU)
                .setAttributes(List.of())
                .setVersion("0.1.0")
                .setState(AgentState.AGENT_ACTIVE)
                .setTerms(new AgentTerms(1_000L, 2_000L, 3_000L))
                .setHeardMs(0)
                .setSinceMs(0)
                .setRegisteredWallMs(0)
                .build();
    }
}
