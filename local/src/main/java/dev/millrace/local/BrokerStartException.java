package dev.millrace.local;

import java.net.BindException;
import org.jspecify.annotations.Nullable;

/** A broker could not be started; the message says why, and what to do, in words for the person who started it. */
public final class BrokerStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean portInUse;

    BrokerStartException(String message) {
        this(message, null);
    }

    BrokerStartException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    private BrokerStartException(String message, @Nullable Throwable cause, boolean portInUse) {
        super(message, cause);
        this.portInUse = portInUse;
    }

    /** Nothing can listen on one of the ports; {@code which} names those that it may be. */
    static BrokerStartException port(String which, BindException cause) {
        String why = String.valueOf(cause.getMessage());
        if (why.startsWith("Address already in use")) {
            return new BrokerStartException(
                    which + " is in use; stop what listens there, or choose another port", cause, true);
        }
        return new BrokerStartException(which + " cannot be listened on: " + why + "; choose another port", cause);
    }

    /** Whether the only reason is that another process listens on a port that this broker wanted. */
    public boolean isPortInUse() {
        return portInUse;
    }
}
