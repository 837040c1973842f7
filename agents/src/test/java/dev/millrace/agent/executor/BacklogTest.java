package dev.millrace.agent.executor;

import static dev.millrace.agent.executor.ExecutorFixture.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.agent.process.EventLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private final EventLoop loop = new EventLoop("test");
    private final Backlog backlog = new Backlog(loop);
    private final List<String> done = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        loop.close();
    }

    private Backlog.Step step(String name) {
        return () -> done.add(name);
    }

    @Test
    void doesNothingBeforeWhatHasToBeTriedAgain() {
        List<String> attempts = new CopyOnWriteArrayList<>();
        loop.execute(() -> {
            backlog.add(() -> {
                attempts.add("disk full");
                return attempts.size() > 1 && done.add("a");
            });
            backlog.add(step("b"));
        });

        awaitThat(() -> done.size() == 2);
        assertThat(done).containsExactly("a", "b");
        assertThat(attempts).hasSize(2);
    }

    @Test
    void doesWhatFollowsAStepBeforeTheOthers() {
        loop.execute(() -> backlog.add(() -> {
            backlog.add(step("other"));
            backlog.follow(List.of(step("first"), step("second")));
            return done.add("itself");
        }));

        awaitThat(() -> done.size() == 4);
        assertThat(done).containsExactly("itself", "first", "second", "other");
    }
}
