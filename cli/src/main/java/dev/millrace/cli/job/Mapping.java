package dev.millrace.cli.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of the file whose keys are taken one by one; what has not been taken at the end is unknown. All that is wrong goes to the
 * faults, and the one who reads goes on. Mutable; lives for one reading.
 */
final class Mapping {
    private final Node node;
    private final String what;
    private final Faults faults;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> asked = new LinkedHashSet<>();

    /** A key and its value. */
    record Entry(ScalarNode key, Node value) {}

    private Mapping(MappingNode node, String what, Faults faults) {
        this.node = node;
        this.what = what;
        this.faults = faults;
        for (var tuple : node.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                if (entries.putIfAbsent(key.getValue(), new Entry(key, tuple.getValueNode())) != null) {
                    faults.at(key, "'" + key.getValue() + "' stands here a second time");
                }
            } else {
                faults.at(tuple.getKeyNode(), "a key must be a word");
            }
        }
    }

    /** The node as a mapping; empty, and a fault, if it is none. */
    static Optional<Mapping> of(Node node, String what, Faults faults) {
        if (node instanceof MappingNode mapping) {
            return Optional.of(new Mapping(mapping, what, faults));
        }
        faults.at(node, what + " must be a mapping of keys and values, but is " + kind(node));
        return Optional.empty();
    }

    Node node() {
        return node;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** The value's text: any scalar as it is written; empty, and perhaps a fault, if there is none. */
    Optional<String> text(String key) {
        return take(key).flatMap(entry -> scalar("'" + key + "'", entry.value()));
    }

    /** Like {@link #text} for a key that must be there. */
    Optional<String> requiredText(String key) {
        requireKey(key);
        return text(key);
    }

    /** Says that a key is missing if it is. */
    void requireKey(String key) {
        if (!has(key)) {
            faults.at(node, what + " has no '" + key + "'");
        }
    }

    /** Parses the value's text; what the parser refuses is a fault at the value. */
    <T> Optional<T> parsed(String key, Function<String, T> parser) {
        return take(key)
                .flatMap(entry -> scalar("'" + key + "'", entry.value())
                        .flatMap(text -> parse("'" + key + "': ", text, entry.value(), parser)));
    }

    /** A whole number between two bounds, both included. */
    Optional<Integer> integer(String key, int min, int max) {
        return take(key).flatMap(entry -> {
            if (entry.value() instanceof ScalarNode scalar
                    && scalar.isPlain()
                    && scalar.getTag().equals(Tag.INT)) {
                return parse("'" + key + "': ", scalar.getValue(), entry.value(), text -> wholeNumber(text, min, max));
            }
            faults.at(entry.value(), "'" + key + "' must be a whole number, but is " + kind(entry.value()));
            return Optional.empty();
        });
    }

    /** {@code true} or {@code false}. */
    Optional<Boolean> truth(String key) {
        return take(key).flatMap(entry -> {
            if (entry.value() instanceof ScalarNode scalar
                    && scalar.isPlain()
                    && scalar.getTag().equals(Tag.BOOL)) {
                return Optional.of(scalar.getValue().equalsIgnoreCase("true"));
            }
            faults.at(entry.value(), "'" + key + "' must be true or false, but is " + kind(entry.value()));
            return Optional.empty();
        });
    }

    Optional<Mapping> mapping(String key) {
        return take(key).flatMap(entry -> of(entry.value(), "'" + key + "'", faults));
    }

    /** The items of a list; empty, and a fault, if the value is no list. */
    Optional<List<Node>> list(String key) {
        return take(key).flatMap(entry -> {
            if (entry.value() instanceof SequenceNode sequence) {
                return Optional.of(sequence.getValue());
            }
            faults.at(entry.value(), "'" + key + "' must be a list, but is " + kind(entry.value()));
            return Optional.empty();
        });
    }

    /** The parsed texts of a list; empty, and a fault, if the value is no list. Items that are refused are faults, and are left out. */
    <T> Optional<List<T>> parsedTexts(String key, Function<String, T> parser) {
        return list(key).map(items -> {
            var parsed = new ArrayList<T>();
            for (var item : items) {
                scalar("an item of '" + key + "'", item)
                        .flatMap(text -> parse("", text, item, parser))
                        .ifPresent(parsed::add);
            }
            return parsed;
        });
    }

    /** All entries as key and text, whatever the keys are; what is no scalar is a fault, and is left out. */
    List<Map.Entry<String, String>> allTexts() {
        var all = new ArrayList<Map.Entry<String, String>>();
        entries.forEach((key, entry) -> {
            asked.add(key);
            scalar("'" + key + "'", entry.value()).ifPresent(text -> all.add(Map.entry(key, text)));
        });
        return all;
    }

    /** The value's node, without a look at what it is. */
    Optional<Node> value(String key) {
        return take(key).map(Entry::value);
    }

    /** A fault at the key's value, or at the mapping if there is no such key. */
    void fault(String key, String message) {
        var entry = entries.get(key);
        faults.at(entry == null ? node : entry.value(), message);
    }

    /** Says of each key that nobody asked for that it is unknown. */
    void refuseOthers(Set<String> notSupportedYet) {
        entries.forEach((key, entry) -> {
            if (!asked.contains(key)) {
                faults.at(entry.key(), unknown(key, notSupportedYet));
            }
        });
    }

    static String kind(Node node) {
        if (node instanceof MappingNode) {
            return "a mapping";
        }
        if (node instanceof SequenceNode) {
            return "a list";
        }
        if (node instanceof ScalarNode scalar) {
            var quotes = scalar.isPlain() ? "" : " in quotes";
            return node.getTag().equals(Tag.NULL) ? "empty" : "'" + scalar.getValue() + "'" + quotes;
        }
        return "something else";
    }

    private Optional<Entry> take(String key) {
        asked.add(key);
        return Optional.ofNullable(entries.get(key));
    }

    private Optional<String> scalar(String name, Node value) {
        if (value instanceof ScalarNode scalar && !value.getTag().equals(Tag.NULL)) {
            return Optional.of(scalar.getValue());
        }
        var hint = value instanceof ScalarNode ? "; write \"\" for an empty text" : "";
        faults.at(value, name + " must be text, but is " + kind(value) + hint);
        return Optional.empty();
    }

    private <T> Optional<T> parse(String before, String text, Node value, Function<String, T> parser) {
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException e) {
            faults.at(value, before + e.getMessage());
            return Optional.empty();
        }
    }

    private static int wholeNumber(String text, int min, int max) {
        int number;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not between " + min + " and " + max, e);
        }
        if (number < min || number > max) {
            throw new IllegalArgumentException(number + " is not between " + min + " and " + max);
        }
        return number;
    }

    private String unknown(String key, Set<String> notSupportedYet) {
        if (notSupportedYet.contains(key)) {
            return "'" + key + "' is not supported yet";
        }
        var meant = Suggestion.forWord(key, asked)
                .map(word -> entries.containsKey(word) ? "" : "; did you mean '" + word + "'?")
                .orElse("");
        return what + " has no key '" + key + "'" + (meant.isEmpty() ? "; it has " + String.join(", ", asked) : meant);
    }
}
