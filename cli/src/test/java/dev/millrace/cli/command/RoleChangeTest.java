package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.Quota;
import org.junit.jupiter.api.Test;

class RoleChangeTest {
    @Test
    void givesAmountsToTheGuaranteeOrLimitThatTheyFollow() {
        var change = RoleChange.parse("eng/search:weight=2.5,guarantee=cpus=10,memory=64GiB,limit=cpus=40,gpus=2");

        assertThat(change.role()).isEqualTo("eng/search");
        assertThat(change.weightMilli()).isEqualTo(2_500);
        assertThat(change.guarantee())
                .isEqualTo(Quota.newBuilder()
                        .setCpuMillis(10_000L)
                        .setMemMib(65_536L)
                        .build());
        assertThat(change.limit())
                .isEqualTo(Quota.newBuilder()
                        .setCpuMillis(40_000L)
                        .setGpuMillis(2_000L)
                        .build());
    }

    @Test
    void leavesWhatItDoesNotNameAsItIs() {
        var change = RoleChange.parse("eng:limit=none");

        assertThat(change.weightMilli()).isNull();
        assertThat(change.guarantee()).isNull();
        assertThat(change.limit()).isEqualTo(Quota.newBuilder().build());
        assertThat(change.of("p").getWeightMilli()).isNull();
    }

    @Test
    void refusesAnAmountOfNothing() {
        assertThatThrownBy(() -> RoleChange.parse("eng:cpus=4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'cpus=4' is nothing of a role's");
        assertThatThrownBy(() -> RoleChange.parse("eng:weight=2,cpus=4")).hasMessageContaining("'cpus=4'");
        assertThatThrownBy(() -> RoleChange.parse("eng:weight=0")).hasMessageContaining("not between");
    }
}
