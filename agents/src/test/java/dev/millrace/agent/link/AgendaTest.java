package dev.millrace.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private final Agenda agenda = new Agenda();
    private final Agenda.Seat a = seat("a");
    private final Agenda.Seat b = seat("b");

    @Test
    void givesSeatsInTheOrderOfTheirTimesAndNoneBeforeItsTime() {
        agenda.plan(a, 20);
        agenda.plan(b, 10);

        assertThat(agenda.takeDue(9)).isNull();
        assertThat(agenda.takeDue(20)).isSameAs(b);
        assertThat(agenda.takeDue(20)).isSameAs(a);
        assertThat(agenda.takeDue(20)).isNull();
    }

    @Test
    void givesASeatOnlyAtTheTimeThatItWasLastPlannedFor() {
        agenda.plan(a, 10);
        agenda.plan(a, 30);
        agenda.plan(a, 20);

        assertThat(agenda.takeDue(10)).isNull();
        assertThat(agenda.takeDue(20)).isSameAs(a);
        assertThat(agenda.takeDue(30)).isNull();
    }

    @Test
    void givesASeatOnceWhenItIsPlannedForTheSameTimeAgain() {
        agenda.plan(a, 10);
        agenda.plan(a, 20);
        agenda.plan(a, 10);

        assertThat(agenda.takeDue(20)).isSameAs(a);
        assertThat(agenda.takeDue(20)).isNull();
    }

    @Test
    void saysHowLongItIsUntilTheNextTime() {
        assertThat(agenda.nsUntilNext(0, 100)).isEqualTo(100);
        agenda.plan(a, 30);

        assertThat(agenda.nsUntilNext(10, 100)).isEqualTo(20);
        assertThat(agenda.nsUntilNext(10, 5)).isEqualTo(5);
        assertThat(agenda.nsUntilNext(50, 100)).isZero();
    }

    @Test
    void keepsTheOrderWhenTheClockOverflows() {
        agenda.plan(a, Long.MAX_VALUE + 10);
        agenda.plan(b, Long.MAX_VALUE - 10);

        assertThat(agenda.takeDue(Long.MAX_VALUE)).isSameAs(b);
        assertThat(agenda.takeDue(Long.MAX_VALUE)).isNull();
    }

    private static Agenda.Seat seat(String id) {
        return new Agenda.Seat(new Member(id), 0);
    }

    private record Member(String agentId) implements LinkMember {
        @Override
        public void begin(int launchPartition, long nowNs) {}

        @Override
        public void take(SpecificRecord message, long nowNs) {}

        @Override
        public void messagesMissed(long nowNs) {}

        @Override
        public long tick(long nowNs) {
            return 0;
        }

        @Override
        public void leave() {}
    }
}
