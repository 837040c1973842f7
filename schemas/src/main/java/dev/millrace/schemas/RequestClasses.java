package dev.millrace.schemas;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import java.util.List;

/**
 * Names the class of a request: the text of its role, resources, ports, maximal run time, affinities (and whether it carries the label that it
 * wants to be near to itself), spreads (and then its job) and constraints, such as
 * {@code role=default cpus=0.5 memory=64MiB os==linux}. Requests of one class are interchangeable when they are placed, so an agent that
 * will not do for one will not do for any. Two requests have the same text exactly if all of these are equal, in the same order; a reader
 * who parses the text from the left finds just one way to do so. The members of a gang are placed together, whatever each needs, so the role
 * and the gang are all that their text has.
 */
public final class RequestClasses {
    private RequestClasses() {}

    /** The text of a request's class. */
    public static String text(TaskRequest request) {
        if (request.getGang() == null) {
            return shape(request);
        }
        return gang(request.getRole(), request.getGang().getGroup());
    }

    /** The text of the class of a gang's members. */
    public static String gang(String role, String group) {
        StringBuilder text = new StringBuilder(64).append("role=");
        append(text, role);
        append(text.append(" gang="), group);
        return text.toString();
    }

    /** The text of the class that the request would have if it were no gang's. */
    public static String shape(TaskRequest request) {
        StringBuilder text = new StringBuilder(64).append("role=");
        append(text, request.getRole());
        append(text, request.getResources());
        if (request.getPortCount() != 0) {
            text.append(" portCount=").append(request.getPortCount());
        }
        if (request.getMaxRunTimeMs() != null) {
            text.append(" maxRunTime=").append(request.getMaxRunTimeMs()).append("ms");
        }
        for (Affinity affinity : request.getAffinities()) {
            append(text.append(affinity.getRequired() ? " must be " : " wants "), affinity);
            if (!affinity.getAnti() && carries(request, affinity)) {
                // The first of a group whose members are to be near each other may go anywhere.
                text.append(" or first");
            }
            if (!affinity.getRequired()) {
                text.append('*').append(affinity.getWeight());
            }
        }
        if (!request.getSpreads().isEmpty()) {
            append(text.append(" job="), request.getJob());
        }
        for (Spread spread : request.getSpreads()) {
            append(text.append(spread.getRequired() ? " must spread" : " wants spread"), spread);
        }
        for (Constraint constraint : request.getConstraints()) {
            append(text.append(' '), constraint);
        }
        return text.toString();
    }

    /** An affinity as text, such as {@code near app==db by rack} or {@code far from app==web}. */
    public static String text(Affinity affinity) {
        StringBuilder text = new StringBuilder(32);
        append(text, affinity);
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

    private static boolean carries(TaskRequest request, Affinity affinity) {
        return request.getLabels().stream()
                .anyMatch(label -> label.getKey().equals(affinity.getLabelKey())
                        && label.getValue().equals(affinity.getLabelValue()));
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

    private static void append(StringBuilder text, Affinity affinity) {
        append(text.append(affinity.getAnti() ? "far from " : "near "), affinity.getLabelKey());
        append(text.append("=="), affinity.getLabelValue());
        if (!affinity.getAttribute().isEmpty()) {
            append(text.append(" by "), affinity.getAttribute());
        }
    }

    private static void append(StringBuilder text, Spread spread) {
        append(text.append(" over "), spread.getAttribute());
        String separator = "(";
        for (SpreadTarget target : spread.getTargets()) {
            append(text.append(separator), target.getValue());
            text.append(':').append(target.getShareMilli());
            separator = ",";
        }
        text.append(spread.getTargets().isEmpty() ? "" : ")");
        if (!spread.getRequired()) {
            text.append('*').append(spread.getWeight());
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
