package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.core.Requests.POOL;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.listed;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsAndDevicesTest {
    private final Harness harness = new Harness();

    @Test
    void givesTheVeryPortsThatAreNamedAndTheLowestFreeOnesBeside() {
        harness.on(withPorts("a1", 7, 100, 109).build());

        harness.on(portTask("t", 101, 102).setPortCount(2).build());
        harness.on(portTask("u", 104, 104).setPortCount(1).build());

        assertThat(harness.launches())
                .extracting(LaunchTask::getPorts)
                .containsExactly(List.of(100, 103), List.of(105));
    }

    @Test
    void waitsForAPortThatAnotherTaskHas() {
        harness.on(withPorts("a1", 7, 100, 109).build());
        harness.on(portTask("t", 101, 101).build());

        harness.on(portTask("u", 101, 101).build()).tick();
        List<Veto> vetoes = harness.explanations().get(0).getVetoes();
        harness.on(report("a1", "t", 1, 1, TASK_KILLED).build());

        assertThat(vetoes).contains(new Veto(VetoCause.VETO_PORTS, "101", 1));
        assertThat(harness.launches()).hasSize(2);
    }

    @Test
    void saysThatAnAgentHasTooFewPorts() {
        harness.on(withPorts("a1", 7, 100, 102).build());

        harness.on(task("t").setPortCount(4).build()).tick();

        assertThat(harness.explanations().get(0).getVetoes()).contains(new Veto(VetoCause.VETO_PORTS, "portCount", 1));
    }

    @Test
    void givesNoPortThatAnOrphanHas() {
        AgentTask orphan = AgentTask.newBuilder(listed("o", 3, TASK_RUNNING))
                .setResources(ports(100, 101))
                .build();
        harness.on(withPorts("a1", 7, 100, 103).setTasks(List.of(orphan)).build());

        harness.on(task("t").setPortCount(1).build());
        harness.on(report("a1", "o", 3, 2, TASK_KILLED).build());
        harness.on(task("u").setPortCount(1).build());

        assertThat(harness.launches()).extracting(LaunchTask::getPorts).containsExactly(List.of(102), List.of(100));
    }

    @Test
    void putsAPartOfADeviceOnTheTightestDeviceAndWholeOnesOnFreeDevices() {
        harness.on(withGpus("a1", 7, 3_000).build());

        harness.on(gpuTask("half", 500));
        harness.on(gpuTask("part", 400));
        harness.on(gpuTask("two", 2_000));

        assertThat(harness.launches())
                .extracting(LaunchTask::getGpuDevices)
                .containsExactly(List.of(0), List.of(0), List.of(1, 2));
    }

    @Test
    void doesNotPutATaskOnThePiecesOfSeveralDevices() {
        harness.on(withGpus("a1", 7, 2_000).build());
        harness.on(gpuTask("t", 600));
        harness.on(gpuTask("u", 600));

        harness.on(gpuTask("v", 700)).tick();
        List<Veto> vetoes = harness.explanations().get(0).getVetoes();
        harness.on(report("a1", "u", 1, 1, TASK_KILLED).build());

        assertThat(vetoes).contains(new Veto(VetoCause.VETO_GPU_DEVICES, "gpus", 1));
        assertThat(harness.launches())
                .extracting(LaunchTask::getGpuDevices)
                .last()
                .isEqualTo(List.of(1));
    }

    @Test
    void leavesAgentsWithGpusToThoseThatNeedThem() {
        harness.on(agent("big", 8).setResources(resources(8_000, 8_192)).build());
        harness.on(withGpus("a1", 7, 1_000).build());

        harness.on(task("t").build());
        harness.on(gpuTask("u", 1_000));

        assertThat(harness.launches()).extracting(LaunchTask::getAgentId).containsExactly("big", "a1");
    }

    private static AgentRegistered.Builder withPorts(String id, long incarnation, int first, int last) {
        return agent(id, incarnation)
                .setResources(Resources.newBuilder(resources(4_000, 4_096))
                        .setPorts(List.of(new PortRange(first, last)))
                        .build());
    }

    private static AgentRegistered.Builder withGpus(String id, long incarnation, long gpuMillis) {
        return agent(id, incarnation)
                .setResources(Resources.newBuilder(resources(4_000, 4_096))
                        .setGpuMillis(gpuMillis)
                        .build());
    }

    private static TaskRequest.Builder portTask(String id, int first, int last) {
        return task(id).setPool(POOL).setResources(ports(first, last));
    }

    private static Resources ports(int first, int last) {
        return Resources.newBuilder(resources(500, 64))
                .setPorts(List.of(new PortRange(first, last)))
                .build();
    }

    private static TaskRequest gpuTask(String id, long gpuMillis) {
        return task(id).setResources(Resources.newBuilder(resources(500, 64))
                        .setGpuMillis(gpuMillis)
                        .build())
                .build();
    }
}
