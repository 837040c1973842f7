package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.streams.DeadTransactions.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeadTransactionsTest {
    private static final String GROUP = "group";
    private static final Duration FIRST = Duration.ofMillis(10);
    private static final String OWN = "00000000-0000-0000-0000-000000000000";
    private static final String LIVING = "11111111-1111-1111-1111-111111111111";
    private static final String DEAD = "22222222-2222-2222-2222-222222222222";
    private static final String OTHER = "33333333-3333-3333-3333-333333333333";

    private final Group group = new Group();
    private final DeadTransactions dead =
            new DeadTransactions(group, GROUP, "own", client(OWN), new Pace(FIRST, Duration.ofMillis(80)));

    /** A group whose members and transactions a test says. */
    private static final class Group implements GroupTransactions {
        /** Client ids by the names of instances. */
        final Map<String, String> members = new TreeMap<>(Map.of("own", client(OWN)));

        final Set<String> open = new HashSet<>();
        final List<String> unanswered = new ArrayList<>();
        final Set<String> fenced = new HashSet<>();
        final List<Long> looks = new ArrayList<>();
        /** Who joins once the members have been asked for that often. */
        String joins = "";

        int joinsAfter;

        int failures;

        @Override
        public synchronized Open open() throws UnansweredException {
            looks.add(System.nanoTime());
            if (failures > 0) {
                failures--;
                throw new UnansweredException("which brokers there are", new IllegalStateException("away"));
            }
            return new Open(open, unanswered);
        }

        @Override
        public synchronized List<Member> members() {
            List<Member> answer = members.entrySet().stream()
                    .map(member -> new Member(member.getKey() + "-1", member.getValue()))
                    .toList();
            joinsAfter--;
            if (joinsAfter == 0) {
                members.put("joins", client(joins));
            }
            return answer;
        }

        /** Has an instance join, or take its own place anew. */
        synchronized void join(String instance, String process) {
            members.put(instance, client(process));
        }

        synchronized void leave(String instance) {
            members.remove(instance);
        }

        /** Has one of the brokers answer, or not. */
        synchronized void isUnanswered(boolean now) {
            unanswered.clear();
            if (now) {
                unanswered.add("broker 2: away");
            }
        }

        synchronized void open(String... processes) {
            for (String process : processes) {
                open.add(transaction(process));
            }
        }

        @Override
        public synchronized List<String> fence(Set<String> transactionalIds) {
            fenced.addAll(transactionalIds);
            open.removeAll(transactionalIds);
            return List.of();
        }

        synchronized int looks() {
            return looks.size();
        }

        synchronized Set<String> fenced() {
            return Set.copyOf(fenced);
        }
    }

    @AfterEach
    void close() {
        dead.close();
    }

    @Test
    void fencesThoseThatWereMembersAndAreNoMore() {
        group.join("living", LIVING);
        group.join("dead", DEAD);
        group.open(OWN, LIVING, DEAD);
        group.open.add("else-" + DEAD + "-0");
        awaitLook();
        assertThat(group.fenced()).isEmpty();

        group.leave("dead");
        awaitLook();

        assertThat(group.fenced()).containsExactly(transaction(DEAD));
    }

    @Test
    void fencesAllButItselfWhereItIsAlone() {
        group.open(OWN, DEAD, OTHER);

        awaitLook();

        assertThat(group.fenced()).containsExactlyInAnyOrder(transaction(DEAD), transaction(OTHER));
    }

    @Test
    void sparesWhoWasNeverAMemberWhereAnotherInstanceIsForItMayHaveThatOnesPlace() {
        group.join("living", LIVING);
        group.open(OTHER);

        awaitLook();

        assertThat(group.fenced()).isEmpty();
    }

    @Test
    void fencesWhoseNameItsOwnPlaceBearsAndNotItself() {
        group.join("own", DEAD);
        group.join("living", LIVING);
        group.open(OWN, LIVING, DEAD);

        awaitLook();

        assertThat(group.fenced()).containsExactly(transaction(DEAD));
    }

    @Test
    void remembersWhoWasAMemberUntilAllBrokersHaveSaidThatItLeftNothingOpen() {
        group.join("living", LIVING);
        group.join("dead", DEAD);
        awaitLook();
        group.isUnanswered(true);
        awaitLook();
        group.leave("dead");
        awaitLook();

        group.open(DEAD);
        group.isUnanswered(false);
        awaitLook();

        assertThat(group.fenced()).containsExactly(transaction(DEAD));
    }

    @Test
    void forgetsWhoWasAMemberAndHasLeftNothingOpen() {
        group.join("living", LIVING);
        group.join("gone", DEAD);
        awaitLook();
        group.leave("gone");
        awaitLook();
        dead.sharedOut();
        waiting().until(dead::isAtRest);

        group.open(DEAD);
        awaitLook();

        assertThat(group.fenced()).isEmpty();
    }

    @Test
    void sparesOneThatIsBackBeforeItWouldBeFenced() {
        group.open(DEAD, OTHER);
        group.joins = DEAD;
        group.joinsAfter = 1;

        awaitLook();

        assertThat(group.fenced()).doesNotContain(transaction(DEAD));
    }

    @Test
    void fencesNobodyWhereAMemberCannotBeToldFromOthers() {
        group.open.add(transaction(DEAD));
        group.members.put("other", "a-client-id-of-ones-own");

        awaitLook();

        assertThat(group.fenced()).isEmpty();
    }

    @Test
    void takesWhatSomeBrokersAnswerWhileOthersDoNot() {
        group.open.add(transaction(DEAD));
        group.isUnanswered(true);

        dead.sharingOut();

        waiting().untilAsserted(() -> assertThat(group.fenced()).containsExactly(transaction(DEAD)));
    }

    @Test
    void looksLessAndLessOftenWhileItIsSharedOut() {
        dead.sharingOut();

        // Without a longest pause the twelfth look would come after forty seconds.
        await().atMost(Duration.ofSeconds(15)).until(() -> group.looks() >= 12);

        assertThat(millisBetween(0)).isGreaterThanOrEqualTo(20);
        assertThat(millisBetween(1)).isGreaterThanOrEqualTo(40);
        assertThat(millisBetween(2)).isGreaterThanOrEqualTo(80);
        assertThat(millisBetween(3)).isGreaterThanOrEqualTo(80);
    }

    @Test
    void repeatsALastLookThatFailed() {
        group.open.add(transaction(DEAD));
        group.failures = 3;

        dead.sharingOut();
        dead.sharedOut();

        waiting().untilAsserted(() -> assertThat(group.fenced()).containsExactly(transaction(DEAD)));
    }

    @Test
    void doesNothingWhereItCannotTellItselfFromOthers() {
        try (DeadTransactions nameless = new DeadTransactions(
                group, GROUP, "own", "a-client-id-of-ones-own-StreamThread-1-consumer", new Pace(FIRST, FIRST))) {
            group.open(DEAD);

            nameless.sharingOut();
            waiting().until(() -> group.looks() > 1);
        }

        assertThat(group.fenced()).isEmpty();
    }

    /** Returns when a look that began after this call is over; others follow. */
    private void awaitLook() {
        int before = group.looks();
        dead.sharingOut();
        waiting().until(() -> group.looks() >= before + 2);
    }

    private long millisBetween(int look) {
        synchronized (group) {
            return Duration.ofNanos(group.looks.get(look + 1) - group.looks.get(look))
                    .toMillis();
        }
    }

    private static String transaction(String process) {
        return GROUP + "-" + process + "-1";
    }

    private static String client(String process) {
        return GROUP + "-" + process + "-StreamThread-1-consumer";
    }
}
