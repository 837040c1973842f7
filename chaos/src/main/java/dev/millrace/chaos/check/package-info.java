/**
 * What is demanded of the streams and files that a run leaves: pure functions of them. Begin with {@link
 * dev.millrace.chaos.check.StatusChecker} and {@link dev.millrace.chaos.check.WitnessChecker}.
 */
@NullMarked
package dev.millrace.chaos.check;

import org.jspecify.annotations.NullMarked;
