/**
 * Puts back what the scheduler has stored when that is lost or damaged. Begin with {@link dev.millrace.streams.recover.Recovery}. What must be
 * stored is made out from the log by {@code replay}; this package compares it with what is there, and writes it.
 */
@NullMarked
package dev.millrace.streams.recover;

import org.jspecify.annotations.NullMarked;
