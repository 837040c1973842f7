package dev.millrace.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReservationTextTest {

    @Test
    void readsARoleAmountsAndLabels() {
        Reservation reservation = ReservationText.parse(
                "search/index:cpus=2.5,memory=4GiB,disk=1TiB,gpus=1,scalar.licences=3;team=a:b=c;cost-centre=7");

        assertThat(reservation)
                .isEqualTo(new Reservation(
                        "search/index",
                        new Resources(
                                2_500L,
                                4_096L,
                                1L << 20,
                                1_000L,
                                List.of(),
                                List.of(new ScalarQuantity("licences", 3_000L))),
                        List.of(new KeyValue("cost-centre", "7"), new KeyValue("team", "a:b=c"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "search                      | 'search': write it as ROLE:cpus=2,memory=4GiB",
                ":cpus=2                     | ':cpus=2': write it as ROLE:cpus=2,memory=4GiB",
                "search:                     | 'search:' reserves nothing",
                "search:cpus=0               | 'search:cpus=0' reserves nothing",
                "search:cpu=2                | 'cpu=2': no such resource",
                "search:gpus=0.5             | 'gpus=0.5': an agent has whole GPU devices",
                "search:cpus=1,ports=80      | ports and attributes can't be reserved",
                "search:cpus=1,attr.rack=r1  | ports and attributes can't be reserved",
                "search:cpus=1;team          | label 'team': write it as NAME=VALUE",
                "search:cpus=1;a=1;a=2       | label 'a=2' is given twice",
            })
    void saysWhatIsWrong(String text, String complaint) {
        assertThatThrownBy(() -> ReservationText.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void areSortedByRoleAndLabels() {
        AgentShape shape = AgentShape.EMPTY
                .withReservation("web:cpus=1")
                .withReservation("db:cpus=2;team=b")
                .withReservation("db:cpus=3;team=a;zone=z")
                .withReservation("db:cpus=4;team=a")
                .withReservation("db:cpus=5");

        assertThat(shape.reservations())
                .extracting(reservation -> reservation.getResources().getCpuMillis())
                .containsExactly(5_000L, 4_000L, 3_000L, 2_000L, 1_000L);
    }

    @Test
    void ofOneRoleHaveDifferentLabels() {
        AgentShape shape = AgentShape.EMPTY.withReservation("db:cpus=1;team=a");

        assertThatThrownBy(() -> shape.withReservation("db:memory=1GiB;team=a"))
                .hasMessage("there are two reservations for role db with the same labels; make one of them");
    }

    @Test
    void togetherAreNoMoreThanTheAgentOffers() {
        AgentShape shape = AgentShape.EMPTY
                .withReservation("web:cpus=3,memory=1GiB,disk=2TiB")
                .withReservation("db:cpus=1.5,gpus=1,scalar.licences=2");

        assertThatThrownBy(() -> shape.reservations(new Resources(4_000L, 1_024L, 100L, 0L, List.of(), List.of())))
                .hasMessage(
                        "more is reserved than the agent offers: cpus 4.5 of 4, gpus 1 of 0, scalar.licences 2 of 0");
        assertThatCode(() -> shape.reservations(new Resources(
                        4_500L, 1_024L, 100L, 1_000L, List.of(), List.of(new ScalarQuantity("licences", 2_000L)))))
                .doesNotThrowAnyException();
    }
}
