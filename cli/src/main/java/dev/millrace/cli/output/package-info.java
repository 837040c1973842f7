/**
 * How things are shown: tables and lines for people, JSON for programs. Knows the contract's records and neither Kafka nor any command.
 * Begin with {@link dev.millrace.cli.output.Terminal}.
 */
@NullMarked
package dev.millrace.cli.output;

import org.jspecify.annotations.NullMarked;
