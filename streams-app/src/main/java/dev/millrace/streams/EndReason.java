package dev.millrace.streams;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why an instance stops: because it was asked to, or because of what went wrong first. Thread-safe. */
final class EndReason {
    private boolean asked;
    private @Nullable String failure;
    private @Nullable String lastThrown;

    /** Somebody wants it to stop. */
    synchronized void asked() {
        asked = true;
    }

    /** It gives up. Once it was asked to stop, or has given up, nothing else is the reason. */
    synchronized void failed(String why) {
        if (!asked && failure == null) {
            failure = why;
        }
    }

    /** A stream thread died of this, which alone is no reason to stop. */
    synchronized void thrown(Throwable thrown) {
        lastThrown = thrown.toString();
    }

    /** The stream threads have ended: if nobody wanted that, it is a failure even if none of them said why. */
    synchronized void ended() {
        failed("all stream threads died: " + (lastThrown == null ? "nothing is known of why" : lastThrown));
    }

    /** What went wrong; empty if nothing did. */
    synchronized Optional<String> failure() {
        return Optional.ofNullable(failure);
    }
}
