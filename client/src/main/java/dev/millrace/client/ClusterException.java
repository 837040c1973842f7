package dev.millrace.client;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** A cluster cannot be reached, or is not as it should be. The message is for people and says what to do where that is known. */
public final class ClusterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClusterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** What a future holds within a time; a failure says what could not be done. */
    static <T> T await(Future<T> future, Duration timeout, String whatCouldNotBeDone) {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ClusterException(whatCouldNotBeDone + ": " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new ClusterException(whatCouldNotBeDone + " within " + timeout.toSeconds() + " s", e);
        }
    }
}
