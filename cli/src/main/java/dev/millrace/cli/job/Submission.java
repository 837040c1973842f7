package dev.millrace.cli.job;

import java.time.Instant;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * One act of submitting a job.
 *
 * @param label the part of the task ids that tells this submission from others of the same job, such as {@code k3f9w2}
 * @param id drawn anew each time, also where the label is fixed, so that a submitter knows the answers to its own requests
 * @param at when, by the submitter's clock
 * @param principal who, for people
 */
public record Submission(String label, String id, Instant at, String principal) {
    /** Letters and digits that are not mistaken for one another. */
    private static final String ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";

    private static final int LABEL_CHARACTERS = 6;
    private static final int ID_CHARACTERS = 16;
    private static final Pattern LEGAL_LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");

    public Submission {
        if (!LEGAL_LABEL.matcher(label).matches()) {
            throw new IllegalArgumentException(
                    "submission id '" + label
                            + "' must be 1 to 32 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
        }
    }

    /** A submission with a label drawn at random. */
    public static Submission drawn(RandomGenerator random, Instant at, String principal) {
        return labelled(draw(random, LABEL_CHARACTERS), random, at, principal);
    }

    /** A submission whose label the submitter chose, so that submitting the same again is refused. */
    public static Submission labelled(String label, RandomGenerator random, Instant at, String principal) {
        return new Submission(label, draw(random, ID_CHARACTERS), at, principal);
    }

    private static String draw(RandomGenerator random, int characters) {
        var drawn = new StringBuilder(characters);
        for (int i = 0; i < characters; i++) {
            drawn.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return drawn.toString();
    }
}
