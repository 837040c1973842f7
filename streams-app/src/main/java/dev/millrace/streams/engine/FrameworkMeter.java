package dev.millrace.streams.engine;

import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Reason;

/** Is told what becomes of a partition's frameworks and their offers, on the thread that drives the engine. */
public interface FrameworkMeter {
    /** Offers were made. */
    void offersMade(int count);

    /**
     * An offer was answered.
     *
     * @param accepted whether something was done with it; false = it was given back
     * @param ageMs how long it had been out, in ms of elapsed time
     */
    void offerAnswered(boolean accepted, long ageMs);

    /** Offers were taken back, for whatever reason. */
    void offersRescinded(Reason reason, int count);

    /** A framework's call was not taken. */
    void callRefused(Reason reason);

    /** How many offers are out now. */
    void offersOut(int count);

    /** How many frameworks are in a state now. */
    void frameworksIn(FrameworkState state, int count);
}
