package dev.millrace.cli.job;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads where a task is to be placed as seen from other tasks: near them, far from them, evenly among them. */
final class PlacementReader {
    private static final int MAX_RULES = 16;
    private static final int MAX_WEIGHT = 100;
    private static final int WHOLE_MILLI = 1_000;
    private static final Affinity AFFINITY_DEFAULT =
            Affinity.newBuilder().setLabelKey("key").setLabelValue("value").build();
    private static final Spread SPREAD_DEFAULT =
            Spread.newBuilder().setAttribute("attribute").build();

    private final Faults faults;

    PlacementReader(Faults faults) {
        this.faults = faults;
    }

    /** What it is to be near to, then what it is to be far from, in the order of the file. */
    List<Affinity> affinities(Mapping task) {
        var affinities = new ArrayList<Affinity>();
        for (var key : List.of("near", "far")) {
            for (var item : items(task, key)) {
                affinity(item, key.equals("far")).ifPresent(affinities::add);
            }
        }
        if (affinities.size() > MAX_RULES) {
            task.fault(
                    task.has("far") ? "far" : "near",
                    "a task may have " + MAX_RULES + " of 'near' and 'far' together, not " + affinities.size());
        }
        return affinities;
    }

    List<Spread> spreads(Mapping task) {
        var spreads = new ArrayList<Spread>();
        for (var item : items(task, "spread")) {
            spread(item).ifPresent(spreads::add);
        }
        if (spreads.size() > MAX_RULES) {
            task.fault("spread", "a task may have " + MAX_RULES + " of 'spread', not " + spreads.size());
        }
        return spreads;
    }

    private List<Mapping> items(Mapping task, String key) {
        var items = new ArrayList<Mapping>();
        for (var node : task.list(key).orElse(List.of())) {
            Mapping.of(node, "an item of '" + key + "'", faults).ifPresent(items::add);
        }
        return items;
    }

    private static Optional<Affinity> affinity(Mapping item, boolean anti) {
        item.requireKey("label");
        var label = item.parsed("label", PlacementReader::label);
        var attribute = item.text("by").orElse(AFFINITY_DEFAULT.getAttribute());
        boolean must = item.truth("must").orElse(false);
        int weight = weight(item, must).orElse(AFFINITY_DEFAULT.getWeight());
        item.refuseOthers(Set.of());
        return label.map(pair -> new Affinity(pair.key(), pair.value(), attribute, anti, must, weight));
    }

    private static Optional<Spread> spread(Mapping item) {
        var attribute = item.requiredText("over");
        var targets = item.mapping("targets").map(PlacementReader::targets).orElse(List.of());
        boolean must = item.truth("must").orElse(false);
        int weight = weight(item, must).orElse(SPREAD_DEFAULT.getWeight());
        item.refuseOthers(Set.of());
        return attribute.map(name -> new Spread(name, targets, must, weight));
    }

    private static Optional<Integer> weight(Mapping item, boolean must) {
        var weight = item.integer("weight", 1, MAX_WEIGHT);
        if (must && item.has("weight")) {
            item.fault("weight", "'weight' has no meaning with must: true, which is no wish");
        }
        return weight;
    }

    private static List<SpreadTarget> targets(Mapping targets) {
        var all = new ArrayList<SpreadTarget>();
        for (var pair : targets.allTexts()) {
            targets.parsed(pair.getKey(), Quantities::shareMilli)
                    .ifPresent(share -> all.add(new SpreadTarget(pair.getKey(), share)));
        }
        int sum = all.stream().mapToInt(SpreadTarget::getShareMilli).sum();
        if (sum > WHOLE_MILLI) {
            targets.fault("", "the shares are more than 100% together");
        }
        all.sort(Comparator.comparing(SpreadTarget::getValue));
        return all;
    }

    private record Label(String key, String value) {}

    private static Label label(String text) {
        int sign = text.indexOf('=');
        if (sign < 1) {
            throw new IllegalArgumentException("'" + text + "' is no label; write name=value, such as app=db");
        }
        return new Label(text.substring(0, sign), text.substring(sign + 1));
    }
}
