package dev.millrace.streams.whatif;

import java.time.Instant;
import java.util.List;

/** What comes of the question what would have been. */
public sealed interface Answer {
    /**
     * What happened, and what would have.
     *
     * @param from the beginning of the period
     * @param to its end
     * @param happened what happened
     * @param model what the model makes of it if nothing is otherwise: how far it is from what happened is how far it can be trusted
     * @param changed what it makes of the other circumstances
     * @param assumptions what the model takes for granted, in whole sentences
     */
    record Comparison(
            Instant from, Instant to, Figures happened, Figures model, Figures changed, List<String> assumptions)
            implements Answer {
        public Comparison {
            assumptions = List.copyOf(assumptions);
        }
    }

    /**
     * There is no answer.
     *
     * @param why why not
     */
    record Refused(String why) implements Answer {}
}
