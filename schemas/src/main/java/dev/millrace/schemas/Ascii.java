package dev.millrace.schemas;

/** Which characters names may consist of. Regular expressions are not used for that on input that anybody may have written. */
final class Ascii {
    private Ascii() {}

    static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLetterOrDigit(char c) {
        return isLower(c) || (c >= 'A' && c <= 'Z') || isDigit(c);
    }

    static boolean isLowerOrDigit(char c) {
        return isLower(c) || isDigit(c);
    }
}
