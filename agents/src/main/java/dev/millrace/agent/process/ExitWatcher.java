package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells at once when something is written to the directory of exit files. It is a matter of speed alone: what it misses, a sweep finds.
 */
final class ExitWatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExitWatcher.class);

    private final Path directory;
    private final Consumer<String> listener;
    private @Nullable WatchService service;

    /** @param listener is given the names of files, in a thread of the watcher's own */
    ExitWatcher(Path directory, Consumer<String> listener) {
        this.directory = directory;
        this.listener = listener;
    }

    /** Begins, if the kernel has a watch to spare. */
    void start() {
        WatchService fresh;
        try {
            fresh = directory.getFileSystem().newWatchService();
            service = fresh;
            directory.register(fresh, StandardWatchEventKinds.ENTRY_MODIFY);
        } catch (IOException e) {
            log.warn(
                    "exits will be noticed some 100 ms later than usual, since {} can't be watched: {}",
                    directory,
                    e.toString());
            return;
        }
        Thread thread = new Thread(() -> watch(fresh), "millrace-exits");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch(WatchService watched) {
        try {
            WatchKey key;
            do {
                key = watched.take();
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.context() instanceof Path file) {
                        listener.accept(file.toString());
                    }
                }
            } while (key.reset());
            log.error("the directory {} is gone; the agent needs it", directory);
        } catch (ClosedWatchServiceException e) {
            log.debug("closed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        if (service != null) {
            service.close();
        }
    }
}
