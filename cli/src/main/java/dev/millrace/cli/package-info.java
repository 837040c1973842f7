/**
 * The command {@code millrace}. This package has its entry; {@code command} has the commands, {@code job} the job files, {@code run} the
 * following of what was submitted, {@code up} the local cluster, {@code output} tables and JSON. Begin with {@link
 * dev.millrace.cli.MillraceMain}.
 */
@NullMarked
package dev.millrace.cli;

import org.jspecify.annotations.NullMarked;
