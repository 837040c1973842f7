package dev.millrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GangWordsTest {
    private static final Affinity APART = Affinity.newBuilder()
            .setLabelKey("app")
            .setLabelValue("w")
            .setAnti(true)
            .setRequired(true)
            .build();

    @Test
    void countsTheMembersThatMustBeApartAgainstTheAgentsThatSuit() {
        var members = List.of(apart("g"), apart("g"), apart("g"), apart("g"));

        assertThat(GangWords.tooFewAgents(waits(PendingKind.GANG_WAITS, 4, 1), members.get(0), members))
                .contains("It needs 4 agents at once, and 3 suit at the most.");
        assertThat(GangWords.tooFewAgents(waits(PendingKind.GANG_WAITS, 1, 1), members.get(0), members))
                .contains("It needs 4 agents at once, and none suits.");
    }

    @Test
    void saysNothingWhereAgentsMaySuffice() {
        var members = List.of(apart("g"), apart("g"), apart("g"), apart("of another"));

        assertThat(GangWords.tooFewAgents(waits(PendingKind.GANG_WAITS, 4, 1), members.get(0), members))
                .isEmpty();
        assertThat(GangWords.tooFewAgents(waits(PendingKind.TURN_TO_COME, 4, 3), members.get(0), members))
                .isEmpty();
    }

    @Test
    void saysNothingOfMembersThatMayShareAnAgent() {
        var together = request("g").build();

        assertThat(GangWords.tooFewAgents(
                        waits(PendingKind.GANG_WAITS, 1, 0), together, List.of(together, together, together)))
                .isEmpty();
    }

    private static TaskRequest apart(String group) {
        return request(group)
                .setLabels(List.of(new KeyValue("app", "w")))
                .setAffinities(List.of(APART))
                .build();
    }

    private static TaskRequest.Builder request(String group) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setShell("true")
                .setResources(Resources.newBuilder().setCpuMillis(100).build())
                .setGang(Gang.newBuilder().setGroup(group).setSize(4).build());
    }

    private static PendingExplained waits(PendingKind kind, int agents, int tooSmall) {
        return PendingExplained.newBuilder()
                .setPool("default")
                .setRequestClass("c")
                .setKind(kind)
                .setAgentsActive(agents)
                .setVetoes(List.of(new Veto(VetoCause.VETO_TOO_SMALL, "cpus", tooSmall)))
                .setTasksWaiting(4)
                .setDecidedAt(Instant.EPOCH)
                .build();
    }
}
