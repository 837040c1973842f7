package dev.millrace.core;

/** How many entities a step may still change. What does not fit is left for the next step. Mutable; owned by the stream thread. */
final class Budget {
    /** So many that a step stays well below 100 ms, and so few that nothing waits long behind one. */
    static final int PER_STEP = 500;

    private int left;

    Budget(int entities) {
        left = entities;
    }

    boolean isLeft() {
        return left > 0;
    }

    void spend(int entities) {
        left -= entities;
    }
}
