/**
 * What a person can type. Each command is one class that parses nothing itself: picocli fills its options in, and it returns an exit
 * code or fails with a {@link dev.millrace.cli.command.CommandFailure}. Begin with {@link dev.millrace.cli.command.Commands}.
 */
@NullMarked
package dev.millrace.cli.command;

import org.jspecify.annotations.NullMarked;
