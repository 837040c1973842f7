package dev.millrace.schemas;

/** How long random tests run: {@code mvn -Psoak test} multiplies their counts. */
final class Soak {
    private Soak() {}

    static int times(int count) {
        return Boolean.getBoolean("millrace.soak") ? count * 50 : count;
    }
}
