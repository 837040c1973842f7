package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClusterWatchTest {
    private final List<String> complaints = new ArrayList<>();
    private final List<CompletableFuture<String>> questions = new ArrayList<>();
    private long nowNs;
    private final ClusterWatch watch = new ClusterWatch(this::ask, () -> {}, () -> nowNs, complaints::add);

    @Test
    void asksNobodyWhileThereIsNews() {
        for (int second = 0; second < 20; second += 4) {
            pass(4);
            watch.heard();
            watch.look();
        }

        assertThat(questions).isEmpty();
    }

    @Test
    void saysNothingIfTheClusterIsOnlySilent() {
        pass(5);
        watch.look();
        answer();
        watch.look();
        watch.look();

        assertThat(questions).hasSize(1);
        assertThat(watch.isLost()).isFalse();
        assertThat(complaints).isEmpty();
    }

    @Test
    void saysOnceThatTheClusterDoesNotAnswerAndOnceThatItDoesAgain() {
        pass(5);
        for (int times = 0; times < 3; times++) {
            watch.look();
            fail();
            watch.look();
        }
        assertThat(watch.isLost()).isTrue();
        watch.look();
        answer();
        watch.look();
        watch.heard();

        assertThat(watch.isLost()).isFalse();
        assertThat(complaints)
                .containsExactly("the cluster does not answer; still waiting for it", "the cluster answers again");
    }

    @Test
    void takesNewsForAnAnswer() {
        pass(5);
        watch.look();
        fail();
        watch.look();
        watch.heard();

        assertThat(complaints).last().isEqualTo("the cluster answers again");
    }

    private CompletableFuture<String> ask() {
        var question = new CompletableFuture<String>();
        questions.add(question);
        return question;
    }

    private void answer() {
        questions.get(questions.size() - 1).complete("here");
    }

    private void fail() {
        questions.get(questions.size() - 1).completeExceptionally(new IllegalStateException("nobody there"));
    }

    private void pass(long seconds) {
        nowNs += TimeUnit.SECONDS.toNanos(seconds);
    }
}
