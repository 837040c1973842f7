package dev.millrace.connect;

/** A value does not fit the contract. The message names the place, from the record's type down to the field, and the reason. */
final class MisfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String place;
    private final String reason;

    /** Something is wrong with a value; whoever knows where the value stands says so with {@link #in}. */
    MisfitException(String reason) {
        this("", reason);
    }

    private MisfitException(String place, String reason) {
        super(place.isEmpty() ? reason : place + ": " + reason, null, false, false);
        this.place = place;
        this.reason = reason;
    }

    /** The same, said of a place that is inside the field or type {@code outer}. */
    MisfitException in(String outer) {
        String separator = place.isEmpty() || place.startsWith("[") ? "" : ".";
        return new MisfitException(outer + separator + place, reason);
    }
}
