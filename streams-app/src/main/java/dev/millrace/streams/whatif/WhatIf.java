package dev.millrace.streams.whatif;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Answers what would have become of a pool under other circumstances. */
public final class WhatIf {
    private WhatIf() {}

    /**
     * Compares what happened with two models: one of what was, and one of what is asked.
     *
     * @param recorder has watched the whole period
     */
    public static Answer ask(Recorder recorder, Circumstances circumstances) {
        Optional<Recording> seen = recorder.recording();
        if (seen.isEmpty()) {
            return new Answer.Refused("there is no input of this period");
        }
        Recording recording = seen.get();
        if (!recording.isOfKnownPool()) {
            return new Answer.Refused("there was no pool " + recording.pool() + " within this period");
        }
        List<String> unknown = circumstances.unknownAgents(recording.agents());
        if (!unknown.isEmpty()) {
            return new Answer.Refused(
                    "pool " + recording.pool() + " had no agent " + String.join(", ", unknown) + " within this period");
        }
        Model changed = new Model(recording, circumstances);
        List<String> refusals = changed.begin();
        if (!refusals.isEmpty()) {
            return new Answer.Refused(String.join("; ", refusals));
        }
        Model unchanged = new Model(recording, Circumstances.AS_THEY_WERE);
        unchanged.begin();
        return new Answer.Comparison(
                Instant.ofEpochMilli(recording.beganMs()),
                Instant.ofEpochMilli(recording.endedMs()),
                recording.happened(),
                unchanged.run(),
                changed.run(),
                Assumptions.of(recording, circumstances));
    }
}
