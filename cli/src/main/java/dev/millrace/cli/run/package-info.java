/**
 * Following what was submitted: the statuses, the output, the end. The classes here that keep books know no Kafka. Begin with {@link
 * dev.millrace.cli.run.TaskBook}.
 */
@NullMarked
package dev.millrace.cli.run;

import org.jspecify.annotations.NullMarked;
