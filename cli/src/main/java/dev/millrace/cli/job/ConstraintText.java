package dev.millrace.cli.job;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import java.util.ArrayList;
import java.util.List;

/**
 * Constraints as people write and read them: {@code os == linux}, {@code rack != r1}, {@code host =~ web.*}, {@code zone in [a, b]},
 * {@code gpu exists}. A value that begins or ends with a space, or holds a comma or a bracket within a list, stands in double quotes.
 */
public final class ConstraintText {
    private static final String FORMS =
            "write attribute == value, attribute != value, attribute =~ regex, attribute in [a, b]"
                    + " or attribute exists";

    private ConstraintText() {}

    /**
     * Reads one constraint.
     *
     * @throws IllegalArgumentException if it is none; the message says why and what would be right
     */
    public static Constraint parse(String text) {
        var stripped = text.strip();
        int end = attributeEnd(stripped);
        var attribute = stripped.substring(0, end);
        var rest = stripped.substring(end).strip();
        if (attribute.isEmpty()) {
            throw new IllegalArgumentException("constraint '" + text + "' names no attribute; " + FORMS);
        }
        if (rest.equals("exists")) {
            return new Constraint(attribute, ConstraintOperator.EXISTS, List.of());
        }
        if (rest.startsWith("==")) {
            return single(attribute, ConstraintOperator.EQUALS, rest.substring(2), text);
        }
        if (rest.startsWith("!=")) {
            return single(attribute, ConstraintOperator.NOT_EQUALS, rest.substring(2), text);
        }
        if (rest.startsWith("=~")) {
            return regex(attribute, rest.substring(2), text);
        }
        if (rest.startsWith("in ") || rest.startsWith("in[")) {
            return new Constraint(
                    attribute, ConstraintOperator.IN, list(rest.substring(2).strip(), text));
        }
        throw new IllegalArgumentException("constraint '" + text + "' has no known operator; " + FORMS);
    }

    /** Writes a constraint as {@link #parse} reads it. */
    public static String of(Constraint constraint) {
        var attribute = constraint.getAttribute();
        var values = constraint.getValues();
        return switch (constraint.getOperator()) {
            case EQUALS -> attribute + " == " + quoted(values.get(0));
            case NOT_EQUALS -> attribute + " != " + quoted(values.get(0));
            case MATCHES -> attribute + " =~ " + quoted(values.get(0));
            case IN ->
                attribute + " in ["
                        + String.join(
                                ", ",
                                values.stream().map(ConstraintText::quoted).toList()) + "]";
            case EXISTS -> attribute + " exists";
            case OPERATOR_UNKNOWN -> attribute + " ? " + values;
        };
    }

    private static int attributeEnd(String text) {
        int end = 0;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end)) && "=!".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static Constraint single(String attribute, ConstraintOperator operator, String rest, String whole) {
        var value = unquoted(rest.strip());
        if (value.isEmpty() && !rest.strip().equals("\"\"")) {
            throw new IllegalArgumentException("constraint '" + whole + "' has no value; " + FORMS);
        }
        return new Constraint(attribute, operator, List.of(value));
    }

    private static Constraint regex(String attribute, String rest, String whole) {
        var constraint = single(attribute, ConstraintOperator.MATCHES, rest, whole);
        try {
            Pattern.compile(constraint.getValues().get(0));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "constraint '" + whole + "' is no RE2 regular expression: " + e.getDescription(), e);
        }
        return constraint;
    }

    private static List<String> list(String rest, String whole) {
        if (!rest.startsWith("[") || !rest.endsWith("]")) {
            throw new IllegalArgumentException(
                    "constraint '" + whole + "' needs a list after in; write attribute in [a, b]");
        }
        var values = new ArrayList<String>();
        var item = new StringBuilder();
        boolean quoted = false;
        for (char c : rest.substring(1, rest.length() - 1).toCharArray()) {
            if (c == ',' && !quoted) {
                values.add(item(item, whole));
                item.setLength(0);
            } else {
                quoted ^= c == '"';
                item.append(c);
            }
        }
        values.add(item(item, whole));
        return values;
    }

    private static String item(CharSequence text, String whole) {
        var stripped = text.toString().strip();
        if (stripped.isEmpty()) {
            throw new IllegalArgumentException(
                    "constraint '" + whole + "' has an empty value in its list; write \"\" for" + " an empty text");
        }
        return unquoted(stripped);
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty() && value.equals(value.strip()) && value.indexOf(',') < 0 && !value.endsWith("]");
        return plain ? value : "\"" + value + "\"";
    }
}
