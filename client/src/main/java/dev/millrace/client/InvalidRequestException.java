package dev.millrace.client;

import java.util.List;

/** A record breaks rules of the contract, so it was not sent. */
public final class InvalidRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String[] faults;

    public InvalidRequestException(String what, List<String> faults) {
        super("invalid " + what + ": " + String.join("; ", faults));
        this.faults = faults.toArray(String[]::new);
    }

    /** Every fault in words that name the field, its value and the rule. */
    public List<String> faults() {
        return List.of(faults);
    }
}
