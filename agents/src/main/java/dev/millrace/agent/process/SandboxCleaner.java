package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes the files of attempts that are over, the oldest first, as the policy says. It works in a thread of its own. */
final class SandboxCleaner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SandboxCleaner.class);
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final WorkDirectory work;
    private final SandboxPolicy policy;
    private final Predicate<AttemptId> isOpen;
    private final EventLoop loop = new EventLoop("millrace-cleaner");
    /** What could not be removed, so that it is complained of once. */
    private final Set<AttemptId> stubborn = new HashSet<>();

    /** An attempt's directory, and when something last changed in it. */
    private record Closed(AttemptId id, Instant at) {}

    /** @param isOpen is asked from the cleaner's thread whether an attempt is known to the runner; such are left alone */
    SandboxCleaner(WorkDirectory work, SandboxPolicy policy, Predicate<AttemptId> isOpen) {
        this.work = work;
        this.policy = policy;
        this.isOpen = isOpen;
    }

    void start() {
        loop.execute(this::cleanAndGoOn);
    }

    private void cleanAndGoOn() {
        try {
            clean();
        } catch (IOException e) {
            log.warn("cannot look through {}: {}", work.attempts(), e.toString());
        } finally {
            loop.after(PERIOD, this::cleanAndGoOn);
        }
    }

    /** Removes what the policy says, once. */
    void clean() throws IOException {
        List<Closed> closed = closed();
        int tooMany = closed.size() - policy.keepAtMost();
        Instant tooOld = Instant.now().minus(policy.keepFor());
        for (Closed each : closed) {
            if (tooMany <= 0 && !each.at().isBefore(tooOld) && freeBytes() >= policy.freeBytes()) {
                return;
            }
            remove(each.id());
            tooMany--;
        }
    }

    private List<Closed> closed() throws IOException {
        List<Closed> closed = new ArrayList<>();
        for (AttemptId id : WorkDirectory.list(work.attempts())) {
            AttemptFiles files = work.files(id);
            if (!isOpen.test(id) && !stubborn.contains(id)) {
                closed.add(new Closed(
                        id, Files.getLastModifiedTime(files.directory()).toInstant()));
            }
        }
        closed.sort(Comparator.comparing(Closed::at));
        return closed;
    }

    private long freeBytes() throws IOException {
        return Files.getFileStore(work.root()).getUsableSpace();
    }

    private void remove(AttemptId id) {
        Path directory = work.files(id).directory();
        TreeRemover.remove(directory).ifPresent(failure -> {
            stubborn.add(id);
            log.warn(
                    "cannot remove all of {}, and will not try again before the next start: {}",
                    directory,
                    failure.toString());
        });
    }

    @Override
    public void close() {
        loop.close();
    }
}
