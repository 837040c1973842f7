package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.streams.DeadTransactions.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeadTransactionsTest {
    private static final String GROUP = "group";
    private static final String LIVING = "11111111-1111-1111-1111-111111111111";
    private static final String DEAD = "22222222-2222-2222-2222-222222222222";
    private static final String OTHER = "33333333-3333-3333-3333-333333333333";

    private final Group group = new Group();
    private final DeadTransactions dead =
            new DeadTransactions(group, GROUP, new Pace(Duration.ofMillis(10), Duration.ofMillis(80)));

    /** A group whose members and transactions a test says. */
    private static final class Group implements GroupTransactions {
        final Set<String> members = new HashSet<>(Set.of(client(LIVING)));
        final Set<String> open = new HashSet<>();
        final List<String> unanswered = new ArrayList<>();
        final Set<String> fenced = new HashSet<>();
        final List<Long> looks = new ArrayList<>();
        /** Who joins once the members have been asked for. */
        String joins = "";

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
        public synchronized List<String> members() {
            List<String> answer = List.copyOf(members);
            if (!joins.isEmpty()) {
                members.add(client(joins));
            }
            return answer;
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
    void fencesThoseOfTheGroupThatAreNoMembers() {
        group.open.addAll(Set.of(transaction(LIVING), transaction(DEAD), "else-" + DEAD + "-0"));

        dead.sharingOut();
        waiting().until(() -> group.looks() > 1);

        assertThat(group.fenced()).containsExactly(transaction(DEAD));
    }

    @Test
    void sparesOneThatIsBackBeforeItWouldBeFenced() {
        group.open.addAll(Set.of(transaction(DEAD), transaction(OTHER)));
        group.joins = DEAD;

        dead.sharingOut();
        waiting().until(() -> group.looks() > 1);

        assertThat(group.fenced()).containsExactly(transaction(OTHER));
    }

    @Test
    void fencesNobodyWhereAMemberCannotBeToldFromOthers() {
        group.open.add(transaction(DEAD));
        group.members.add("a-client-id-of-ones-own");

        dead.sharingOut();
        waiting().until(() -> group.looks() > 1);

        assertThat(group.fenced()).isEmpty();
    }

    @Test
    void takesWhatSomeBrokersAnswerWhileOthersDoNot() {
        group.open.add(transaction(DEAD));
        group.unanswered.add("broker 2: away");

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
