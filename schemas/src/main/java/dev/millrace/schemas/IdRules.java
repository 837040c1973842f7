package dev.millrace.schemas;

/** The rules of identities: what pools, tasks, agents, frameworks, executors and roles may be called. */
final class IdRules {
    static final int MAX_POOL_CHARACTERS = 64;
    static final int MAX_TASK_CHARACTERS = 200;
    static final int MAX_AGENT_CHARACTERS = 128;
    static final int MAX_ROLE_CHARACTERS = 128;

    private IdRules() {}

    static void pool(Faults faults, String field, String value) {
        if (!hasLength(value, MAX_POOL_CHARACTERS)
                || !Ascii.isLowerOrDigit(value.charAt(0))
                || !consistsOf(value, "._-", false)) {
            faults.add(
                    field,
                    Faults.quoted(value),
                    "must be 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
        }
    }

    static void task(Faults faults, String field, String value) {
        if (!hasLength(value, MAX_TASK_CHARACTERS) || !consistsOf(value, "._-/", true) || !partsBeginWell(value)) {
            faults.add(
                    field,
                    Faults.quoted(value),
                    "must be 1 to 200 characters of A-Z, a-z, 0-9, '.', '_', '-' and '/', a letter or digit first and after each '/'");
        }
    }

    static void agent(Faults faults, String field, String value) {
        if (!hasLength(value, MAX_AGENT_CHARACTERS)
                || !Ascii.isLetterOrDigit(value.charAt(0))
                || !consistsOf(value, "._-", true)) {
            faults.add(
                    field,
                    Faults.quoted(value),
                    "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
        }
    }

    static void framework(Faults faults, String field, String value) {
        agent(faults, field, value);
    }

    static void executor(Faults faults, String field, String value) {
        agent(faults, field, value);
    }

    static void role(Faults faults, String field, String value) {
        if (!hasLength(value, MAX_ROLE_CHARACTERS) || !consistsOf(value, "_-/", false) || !partsBeginWell(value)) {
            faults.add(
                    field,
                    Faults.quoted(value),
                    "must be 1 to 128 characters of a-z, 0-9, '_', '-' and '/', a letter or digit first and after each '/'");
        }
    }

    private static boolean hasLength(String value, int max) {
        return !value.isEmpty() && value.length() <= max;
    }

    private static boolean consistsOf(String value, String punctuation, boolean capitals) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean legal = capitals ? Ascii.isLetterOrDigit(c) : Ascii.isLowerOrDigit(c);
            if (!legal && punctuation.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean partsBeginWell(String value) {
        boolean begins = true;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (begins && !Ascii.isLetterOrDigit(c)) {
                return false;
            }
            begins = c == '/';
        }
        return !begins;
    }
}
