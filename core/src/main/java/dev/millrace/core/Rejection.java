package dev.millrace.core;

import dev.millrace.contract.DeadLetterReason;

/**
 * Says that an input broke a rule, so that the shell writes a dead letter about it.
 *
 * @param reason which kind of rule
 * @param detail what is wrong, for people
 */
public record Rejection(DeadLetterReason reason, String detail) {}
