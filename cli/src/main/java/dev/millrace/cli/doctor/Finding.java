package dev.millrace.cli.doctor;

/**
 * What a check has found.
 *
 * @param severity how bad it is
 * @param check what was looked at, in a word or two
 * @param found what is so
 * @param follows what follows from it; empty if nothing does
 * @param remedy what to do about it, or what to type; empty if there is nothing to do
 */
public record Finding(Severity severity, String check, String found, String follows, String remedy) {
    /** How bad it is. */
    public enum Severity {
        /** As it should be. */
        OK,
        /** It works, and will do worse than it could on some day. */
        WARN,
        /** It does not work, or loses something on some day. */
        FAIL
    }

    static Finding ok(String check, String found) {
        return new Finding(Severity.OK, check, found, "", "");
    }

    static Finding ok(String check, String found, String follows) {
        return new Finding(Severity.OK, check, found, follows, "");
    }

    static Finding warn(String check, String found, String follows, String remedy) {
        return new Finding(Severity.WARN, check, found, follows, remedy);
    }

    static Finding fail(String check, String found, String follows, String remedy) {
        return new Finding(Severity.FAIL, check, found, follows, remedy);
    }
}
