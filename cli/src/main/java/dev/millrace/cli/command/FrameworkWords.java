package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.JsonRecords.Parts;
import dev.millrace.client.FrameworkSummary;
import dev.millrace.client.ReadModel;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedOffer;
import java.time.Duration;
import java.util.List;

/** Shows how frameworks and their offers stand. */
final class FrameworkWords {
    private FrameworkWords() {}

    /** The framework's own fields, beside them for how long it has been in its state, and all that it has. */
    static String json(FrameworkSummary summary, ReadModel model) {
        var framework = summary.framework();
        var parts = JsonRecords.parts(framework);
        parts.add(new Part("stateForMs", ageMs(model, framework.getPool(), framework.getSinceMs())));
        parts.add(new Part("tasks", summary.tasks()));
        parts.add(new Part("occupied", summary.occupied()));
        parts.add(new Part(
                "offers",
                summary.offers().stream()
                        .map(offer -> new Parts(parts(offer, model)))
                        .toList()));
        parts.add(new Part("executors", summary.executors()));
        parts.add(new Part("filters", summary.filters()));
        return JsonRecords.line(parts);
    }

    /** The offer's own fields, and beside them its age. */
    static List<Part> parts(SavedOffer offer, ReadModel model) {
        var parts = JsonRecords.parts(offer);
        parts.add(new Part("ageMs", ageMs(model, offer.getPool(), offer.getMadeMs())));
        return parts;
    }

    /** How long ago something was by a pool's elapsed time. */
    static long ageMs(ReadModel model, String pool, long elapsedMs) {
        return Math.max(0, model.clock(pool).map(SavedClock::getElapsedMs).orElse(elapsedMs) - elapsedMs);
    }

    static String time(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }
}
