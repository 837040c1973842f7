package dev.millrace.schemas;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Artifact;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.HealthCheck;
import dev.millrace.contract.HealthCheckType;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.SecretRef;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of task requests, whether or not this version does what they ask for. */
final class TaskRequestRules {
    static final long MAX_GRACE_MS = 3_600_000L;
    static final long DAY_MS = 86_400_000L;
    static final long YEAR_MS = 365 * DAY_MS;

    /** So large a regular expression may become, in instructions of its program: time and stack that a match takes grow with it. */
    static final long MAX_REGEX_SIZE = 1_000;

    /** So many ports of the scheduler's choice a task may ask for. */
    static final int MAX_PORT_COUNT = 1_000;

    private static final int MAX_COMMAND_CHARACTERS = 131_072;
    private static final int MAX_ARGUMENTS = 4_096;
    private static final int MAX_ENTRIES = 1_000;
    private static final int MAX_RULES = 16;
    private static final int MAX_CONSTRAINT_VALUES = 64;
    /** A class of requests is named after its constraints; the name is a key in a store and part of other records. */
    private static final int MAX_CONSTRAINT_CHARACTERS = 8_192;

    private TaskRequestRules() {}

    static void check(Faults faults, TaskRequest request) {
        faults.line("submissionId", request.getSubmissionId(), 0, 64);
        faults.line("job", request.getJob(), 0, 128);
        faults.line("name", request.getName(), 0, 128);
        faults.range("instance", request.getInstance(), 0, Integer.MAX_VALUE);
        IdRules.role(faults, "role", request.getRole());
        faults.range("priority", request.getPriority(), 0, 100);
        faults.time("submittedAt", request.getSubmittedAt());
        faults.line("principal", request.getPrincipal(), 0, 128);
        if (request.getExecutor() == null
                || request.getShell() != null
                || !request.getArgv().isEmpty()) {
            command(faults, "", request.getShell(), request.getArgv());
        }
        environment(faults, "environment", request.getEnvironment());
        secrets(faults, request.getEnvironment(), request.getSecrets());
        artifacts(faults, "artifacts", request.getArtifacts());
        if (request.getUser() != null) {
            faults.line("user", request.getUser(), 1, 32);
        }
        if (request.getContainer() != null) {
            faults.line("container.image", request.getContainer().getImage(), 1, 512);
            keyValues(faults, "container.options", request.getContainer().getOptions());
        }
        ResourceRules.check(faults, request.getResources(), request.getLimits());
        faults.range("portCount", request.getPortCount(), 0, MAX_PORT_COUNT);
        constraints(faults, "constraints", request.getConstraints());
        affinities(faults, request.getAffinities());
        spreads(faults, request.getSpreads());
        if (request.getGang() != null) {
            gang(faults, request.getGang());
        }
        healthChecks(faults, request.getHealthChecks());
        faults.range("killPolicy.gracePeriodMs", request.getKillPolicy().getGracePeriodMs(), 0, MAX_GRACE_MS);
        restartPolicy(faults, request.getRestartPolicy());
        if (request.getUnreachablePolicy().getAction() == UnreachableAction.UNREACHABLE_UNKNOWN) {
            faults.add("unreachablePolicy.action is unknown: must be REPLACE or WAIT");
        }
        faults.range(
                "unreachablePolicy.timeoutMs", request.getUnreachablePolicy().getTimeoutMs(), 0, YEAR_MS);
        faults.range("maxRunTimeMs", request.getMaxRunTimeMs(), 1, YEAR_MS);
        faults.time("notBefore", request.getNotBefore());
        faults.time("expiresAt", request.getExpiresAt());
        keyValues(faults, "labels", request.getLabels());
        if (request.getExecutor() != null) {
            ExecutorRules.check(faults, "executor", request.getExecutor());
        } else if (request.getData().hasRemaining()) {
            faults.add("data is given: only tasks with an executor have any");
        }
        ExecutorRules.data(faults, "data", request.getData());
    }

    /** Keys and values, sorted by key. */
    static void keyValues(Faults faults, String field, List<KeyValue> entries) {
        keyValues(faults, field, entries, 32_768);
    }

    static void keyValues(Faults faults, String field, List<KeyValue> entries, int maxValueCharacters) {
        faults.size(field, entries, MAX_ENTRIES);
        for (int i = 0; i < entries.size(); i++) {
            faults.line(field + "[" + i + "].key", entries.get(i).getKey(), 1, 256);
            faults.text(field + "[" + i + "].value", entries.get(i).getValue(), 0, maxValueCharacters);
        }
        faults.sorted(field, entries, "key", KeyValue::getKey);
    }

    /** A shell line or a program; {@code prefix} is what comes before the names of the fields. */
    static void command(Faults faults, String prefix, @Nullable String shell, List<String> argv) {
        if ((shell == null) == argv.isEmpty()) {
            faults.add(prefix + "shell and " + prefix
                    + (shell == null ? "argv are missing: one must be given" : "argv are both given: one must be"));
        }
        if (shell != null) {
            faults.processText(prefix + "shell", shell, MAX_COMMAND_CHARACTERS);
            if (shell.isBlank()) {
                faults.add(prefix + "shell is blank: must be a line for /bin/sh");
            }
        }
        faults.size(prefix + "argv", argv, MAX_ARGUMENTS);
        for (int i = 0; i < argv.size(); i++) {
            faults.processText(prefix + "argv[" + i + "]", argv.get(i), MAX_COMMAND_CHARACTERS);
        }
        if (!argv.isEmpty() && argv.get(0).isBlank()) {
            faults.add(prefix + "argv[0] is blank: must be the program");
        }
    }

    static void environment(Faults faults, String field, List<KeyValue> environment) {
        keyValues(faults, field, environment);
        for (int i = 0; i < environment.size(); i++) {
            String entry = field + "[" + i + "]";
            variable(faults, entry + ".key", environment.get(i).getKey());
            faults.processText(entry + ".value", environment.get(i).getValue(), Integer.MAX_VALUE);
        }
    }

    private static void secrets(Faults faults, List<KeyValue> environment, List<SecretRef> secrets) {
        Set<String> names = new HashSet<>();
        environment.forEach(entry -> names.add(entry.getKey()));
        faults.size("secrets", secrets, MAX_ENTRIES);
        for (int i = 0; i < secrets.size(); i++) {
            SecretRef secret = secrets.get(i);
            String field = "secrets[" + i + "]";
            faults.line(field + ".variable", secret.getVariable(), 1, 256);
            variable(faults, field + ".variable", secret.getVariable());
            faults.line(field + ".secret", secret.getSecret(), 1, 256);
            if (!names.add(secret.getVariable())) {
                faults.add(field + ".variable", Faults.quoted(secret.getVariable()), "must not be there twice");
            }
        }
    }

    private static void variable(Faults faults, String field, String name) {
        if (name.indexOf('=') >= 0) {
            faults.add(field, Faults.quoted(name), "must not contain '='");
        }
    }

    static void artifacts(Faults faults, String field, List<Artifact> artifacts) {
        faults.size(field, artifacts, 100);
        for (int i = 0; i < artifacts.size(); i++) {
            Artifact artifact = artifacts.get(i);
            String entry = field + "[" + i + "]";
            faults.line(entry + ".uri", artifact.getUri(), 1, 2_048);
            faults.line(entry + ".path", artifact.getPath(), 0, 1_024);
            if (leavesTheSandbox(artifact.getPath())) {
                faults.add(
                        entry + ".path", Faults.quoted(artifact.getPath()), "must be below the sandbox, without '..'");
            }
            if (artifact.getSha256() != null && !isSha256(artifact.getSha256())) {
                faults.add(
                        entry + ".sha256", Faults.quoted(artifact.getSha256()), "must be 64 characters of 0-9 and a-f");
            }
        }
    }

    private static boolean leavesTheSandbox(String path) {
        return path.startsWith("/") || ("/" + path + "/").contains("/../");
    }

    private static boolean isSha256(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Ascii.isDigit(c) && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return text.length() == 64;
    }

    static void constraints(Faults faults, String name, List<Constraint> constraints) {
        faults.size(name, constraints, MAX_RULES);
        long characters = 0;
        for (int i = 0; i < constraints.size(); i++) {
            Constraint constraint = constraints.get(i);
            String field = name + "[" + i + "]";
            faults.line(field + ".attribute", constraint.getAttribute(), 1, 128);
            characters += constraint.getAttribute().length();
            List<String> values = constraint.getValues();
            valueCount(faults, field, constraint.getOperator(), values.size());
            for (int v = 0; v < values.size(); v++) {
                faults.line(field + ".values[" + v + "]", values.get(v), 0, 256);
                characters += values.get(v).length();
            }
            if (constraint.getOperator() == ConstraintOperator.MATCHES && values.size() == 1) {
                regexSize(faults, field + ".values[0]", values.get(0));
            }
        }
        if (characters > MAX_CONSTRAINT_CHARACTERS) {
            faults.add(name + " have " + characters + " characters of attributes and values: may have at most "
                    + MAX_CONSTRAINT_CHARACTERS);
        }
    }

    private static void regexSize(Faults faults, String field, String regex) {
        long size = RegexSize.of(regex);
        if (size > MAX_REGEX_SIZE) {
            faults.add(
                    field,
                    Faults.quoted(regex),
                    "must become a program of at most " + MAX_REGEX_SIZE + " instructions, not of about " + size);
        }
    }

    private static void valueCount(Faults faults, String field, ConstraintOperator operator, int count) {
        switch (operator) {
            case EQUALS, NOT_EQUALS, MATCHES -> {
                if (count != 1) {
                    faults.add(field + " has " + count + " values: " + operator + " takes 1");
                }
            }
            case IN -> {
                if (count < 1 || count > MAX_CONSTRAINT_VALUES) {
                    faults.add(field + " has " + count + " values: IN takes 1 to " + MAX_CONSTRAINT_VALUES);
                }
            }
            case EXISTS -> {
                if (count != 0) {
                    faults.add(field + " has " + count + " values: EXISTS takes none");
                }
            }
            case OPERATOR_UNKNOWN ->
                faults.add(field + ".operator is unknown: must be EQUALS, NOT_EQUALS, MATCHES, IN or EXISTS");
        }
    }

    private static void affinities(Faults faults, List<Affinity> affinities) {
        faults.size("affinities", affinities, MAX_RULES);
        for (int i = 0; i < affinities.size(); i++) {
            Affinity affinity = affinities.get(i);
            String field = "affinities[" + i + "]";
            faults.line(field + ".labelKey", affinity.getLabelKey(), 1, 256);
            faults.line(field + ".labelValue", affinity.getLabelValue(), 0, 256);
            faults.line(field + ".attribute", affinity.getAttribute(), 0, 128);
            faults.range(field + ".weight", affinity.getWeight(), 1, 100);
        }
    }

    private static void spreads(Faults faults, List<Spread> spreads) {
        faults.size("spreads", spreads, MAX_RULES);
        for (int i = 0; i < spreads.size(); i++) {
            Spread spread = spreads.get(i);
            String field = "spreads[" + i + "]";
            faults.line(field + ".attribute", spread.getAttribute(), 1, 128);
            faults.range(field + ".weight", spread.getWeight(), 1, 100);
            faults.size(field + ".targets", spread.getTargets(), MAX_CONSTRAINT_VALUES);
            long shares = 0;
            for (int t = 0; t < spread.getTargets().size(); t++) {
                SpreadTarget target = spread.getTargets().get(t);
                faults.line(field + ".targets[" + t + "].value", target.getValue(), 1, 256);
                faults.range(field + ".targets[" + t + "].shareMilli", target.getShareMilli(), 0, 1_000);
                shares += target.getShareMilli();
            }
            if (shares > 1_000) {
                faults.add(field + ".targets have shares of " + shares + " thousandths: may have at most 1000");
            }
            faults.sorted(field + ".targets", spread.getTargets(), "value", SpreadTarget::getValue);
        }
    }

    private static void gang(Faults faults, Gang gang) {
        IdRules.task(faults, "gang.group", gang.getGroup());
        faults.range("gang.size", gang.getSize(), 1, 1_000);
        faults.range("gang.timeoutMs", gang.getTimeoutMs(), 1_000, YEAR_MS);
    }

    private static void healthChecks(Faults faults, List<HealthCheck> checks) {
        faults.size("healthChecks", checks, MAX_RULES);
        for (int i = 0; i < checks.size(); i++) {
            HealthCheck check = checks.get(i);
            String field = "healthChecks[" + i + "]";
            healthCheckTarget(faults, field, check);
            faults.range(field + ".intervalMs", check.getIntervalMs(), 100, DAY_MS);
            faults.range(field + ".timeoutMs", check.getTimeoutMs(), 1, DAY_MS);
            faults.range(field + ".gracePeriodMs", check.getGracePeriodMs(), 0, DAY_MS);
            faults.range(field + ".maxFailures", check.getMaxFailures(), 1, 1_000);
        }
    }

    private static void healthCheckTarget(Faults faults, String field, HealthCheck check) {
        HealthCheckType type = check.getType();
        if (type == HealthCheckType.HEALTH_CHECK_UNKNOWN) {
            faults.add(field + ".type is unknown: must be COMMAND, HTTP or TCP");
            return;
        }
        faults.port(field + ".port", check.getPort(), type != HealthCheckType.COMMAND);
        String target = check.getTarget();
        if (type == HealthCheckType.COMMAND && (target == null || target.isBlank())) {
            faults.add(field + ".target is missing: must be a line for /bin/sh");
        } else if (type == HealthCheckType.HTTP && target != null && !target.startsWith("/")) {
            faults.add(field + ".target", Faults.quoted(target), "must be a path that begins with '/'");
        } else if (type == HealthCheckType.TCP && target != null) {
            faults.add(field + ".target", Faults.quoted(target), "must not be given for this type");
        }
        if (target != null) {
            faults.processText(field + ".target", target, MAX_COMMAND_CHARACTERS);
        }
    }

    private static void restartPolicy(Faults faults, RestartPolicy policy) {
        if (policy.getMode() == RestartMode.RESTART_UNKNOWN) {
            faults.add("restartPolicy.mode is unknown: must be NEVER, ON_FAILURE or ALWAYS");
        }
        faults.range("restartPolicy.attempts", policy.getAttempts(), 0, 1_000_000);
        faults.range("restartPolicy.delayMs", policy.getDelayMs(), 0, DAY_MS);
        if (policy.getMaxDelayMs() < policy.getDelayMs() || policy.getMaxDelayMs() > DAY_MS) {
            faults.add("restartPolicy.maxDelayMs", policy.getMaxDelayMs(), "must be delayMs to " + DAY_MS);
        }
    }
}
