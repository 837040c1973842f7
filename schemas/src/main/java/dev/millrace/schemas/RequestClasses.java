package dev.millrace.schemas;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.TaskRequest;
import java.util.List;

/**
 * Names the class of a request: the text of its role, resources and constraints, such as
 * {@code role=default cpus=0.5 memory=64MiB os==linux}. Requests of one class are interchangeable when they are placed, so an agent that
 * will not do for one will not do for any. Two requests have the same text exactly if these three are equal, constraints and their values
 * in the same order; a reader who parses the text from the left finds just one way to do so.
 */
public final class RequestClasses {
    private RequestClasses() {}

    /** The text of a request's class. */
    public static String text(TaskRequest request) {
        return text(request.getRole(), request.getResources(), request.getConstraints());
    }

    /** The text of the class of requests with this role, these resources and these constraints. */
    public static String text(String role, Resources resources, List<Constraint> constraints) {
        StringBuilder text = new StringBuilder(64).append("role=");
        append(text, role);
        append(text, resources);
        for (Constraint constraint : constraints) {
            append(text.append(' '), constraint);
        }
        return text.toString();
    }

    /** A constraint as text, such as {@code os==linux}, {@code rack in (a,b)} or {@code ssd exists}. */
    public static String text(Constraint constraint) {
        StringBuilder text = new StringBuilder(32);
        append(text, constraint);
        return text.toString();
    }

    /** An amount in thousandths as a decimal number without needless zeros, such as {@code 0.5}. */
    public static String decimal(long milli) {
        StringBuilder text = new StringBuilder(8);
        appendDecimal(text, milli);
        return text.toString();
    }

    private static void append(StringBuilder text, Resources resources) {
        if (resources.getCpuMillis() != 0) {
            appendDecimal(text.append(" cpus="), resources.getCpuMillis());
        }
        if (resources.getMemMib() != 0) {
            text.append(" memory=").append(resources.getMemMib()).append("MiB");
        }
        if (resources.getDiskMib() != 0) {
            text.append(" disk=").append(resources.getDiskMib()).append("MiB");
        }
        if (resources.getGpuMillis() != 0) {
            appendDecimal(text.append(" gpus="), resources.getGpuMillis());
        }
        String separator = " ports=";
        for (PortRange range : resources.getPorts()) {
            text.append(separator).append(range.getFirst()).append('-').append(range.getLast());
            separator = ",";
        }
        separator = " scalars=";
        for (ScalarQuantity scalar : resources.getScalars()) {
            append(text.append(separator), scalar.getName());
            appendDecimal(text.append(':'), scalar.getMilli());
            separator = ",";
        }
    }

    private static void append(StringBuilder text, Constraint constraint) {
        append(text, constraint.getAttribute());
        ConstraintOperator operator = constraint.getOperator();
        text.append(
                switch (operator) {
                    case EQUALS -> "==";
                    case NOT_EQUALS -> "!=";
                    case MATCHES -> "=~";
                    case IN -> " in ";
                    case EXISTS -> " exists";
                    case OPERATOR_UNKNOWN -> " unknown ";
                });
        List<String> values = constraint.getValues();
        boolean takesOneValue = operator == ConstraintOperator.EQUALS
                || operator == ConstraintOperator.NOT_EQUALS
                || operator == ConstraintOperator.MATCHES;
        if (takesOneValue && values.size() == 1) {
            append(text, values.get(0));
        } else if (operator != ConstraintOperator.EXISTS || !values.isEmpty()) {
            appendList(text, values);
        }
    }

    private static void appendList(StringBuilder text, List<String> values) {
        text.append('(');
        String separator = "";
        for (String value : values) {
            append(text.append(separator), value);
            separator = ",";
        }
        text.append(')');
    }

    private static void appendDecimal(StringBuilder text, long milli) {
        if (milli < 0) {
            text.append('-');
        }
        text.append(Math.abs(milli / 1_000));
        int thousandths = (int) Math.abs(milli % 1_000);
        if (thousandths == 0) {
            return;
        }
        text.append('.').append(thousandths / 100);
        if (thousandths % 100 != 0) {
            text.append(thousandths / 10 % 10);
        }
        if (thousandths % 10 != 0) {
            text.append(thousandths % 10);
        }
    }

    /** Appends a name or value, in quotes unless it consists of characters that nothing else in the text begins with or contains. */
    private static void append(StringBuilder text, String value) {
        if (isPlain(value)) {
            text.append(value);
            return;
        }
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                // Half of a surrogate pair has no UTF-8, so in a key two such values would become one.
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!Ascii.isLetterOrDigit(c) && "._-/+@".indexOf(c) < 0) {
                return false;
            }
        }
        return !value.isEmpty();
    }
}
