package dev.millrace.core;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.millrace.contract.Constraint;
import dev.millrace.schemas.RequestClasses;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The constraints of a class of requests and the custom resources that it needs something of, and which agents would do but for how much
 * they have. What was found out about an agent is kept until its attributes
 * change, and what a regular expression said of a value is kept too; neither has any influence on what is found. Mutable; owned by the
 * stream thread.
 */
final class ConstraintSet {
    /** How many attribute values a regular expression's answers are kept for before they are found anew. */
    private static final int VALUES_KEPT = 10_000;

    private final List<Constraint> constraints;
    private final List<String> scalars;
    private final List<String> texts;
    private final List<@Nullable Pattern> patterns;
    private final List<Map<String, Boolean>> answers;
    private final BitSet admitted = new BitSet();
    private long[] askedVersions = new long[16];

    ConstraintSet(List<Constraint> constraints, List<String> scalars) {
        this.constraints = constraints;
        this.scalars = scalars;
        this.texts = constraints.stream().map(RequestClasses::text).toList();
        this.patterns = new ArrayList<>(constraints.size());
        this.answers = new ArrayList<>(constraints.size());
        for (Constraint constraint : constraints) {
            patterns.add(
                    switch (constraint.getOperator()) {
                        case MATCHES -> Pattern.compile(constraint.getValues().get(0));
                        case EQUALS, NOT_EQUALS, IN, EXISTS, OPERATOR_UNKNOWN -> null;
                    });
            answers.add(new HashMap<>());
        }
    }

    /** What is wrong with the regular expressions among these constraints; empty if nothing is. */
    static Optional<String> fault(List<Constraint> constraints) {
        try {
            new ConstraintSet(constraints, List.of());
            return Optional.empty();
        } catch (PatternSyntaxException e) {
            return Optional.of(
                    "constraints: '" + e.getPattern() + "' is no RE2 regular expression: " + e.getDescription());
        }
    }

    /** Whether every agent would do. */
    boolean isEmpty() {
        return constraints.isEmpty() && scalars.isEmpty();
    }

    /** How many constraints there are. */
    int size() {
        return constraints.size();
    }

    /** The constraint as text. */
    String text(int index) {
        return texts.get(index);
    }

    /** Whether the agent meets all constraints and has something of each custom resource. */
    boolean admits(Agent agent) {
        if (isEmpty()) {
            return true;
        }
        if (agent.slot >= askedVersions.length) {
            askedVersions = java.util.Arrays.copyOf(askedVersions, Math.max(agent.slot + 1, askedVersions.length * 2));
        }
        if (askedVersions[agent.slot] != agent.attributesVersion) {
            askedVersions[agent.slot] = agent.attributesVersion;
            admitted.set(agent.slot, meetsAll(agent) && agent.total.scalars().containsAll(scalars));
        }
        return admitted.get(agent.slot);
    }

    /** Whether the agent meets that one constraint. */
    boolean meets(int index, Agent agent) {
        Constraint constraint = constraints.get(index);
        String value = agent.attribute(constraint.getAttribute());
        return switch (constraint.getOperator()) {
            case EQUALS -> constraint.getValues().get(0).equals(value);
            case NOT_EQUALS -> !constraint.getValues().get(0).equals(value);
            case MATCHES -> value != null && matches(index, value);
            case IN -> value != null && constraint.getValues().contains(value);
            case EXISTS -> value != null;
            case OPERATOR_UNKNOWN -> false;
        };
    }

    /** Whether the agent meets all constraints. */
    boolean meetsAll(Agent agent) {
        for (int i = 0; i < constraints.size(); i++) {
            if (!meets(i, agent)) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(int index, String value) {
        Map<String, Boolean> known = answers.get(index);
        Boolean answer = known.get(value);
        if (answer == null) {
            Pattern pattern = patterns.get(index);
            answer = pattern != null && pattern.matches(value);
            if (known.size() >= VALUES_KEPT) {
                known.clear();
            }
            known.put(value, answer);
        }
        return answer;
    }
}
