/**
 * A whole cluster in this process: an embedded broker, the scheduler and real agents. Begin with {@link
 * dev.millrace.cli.up.LocalCluster}; {@link dev.millrace.cli.up.Endpoint} is how other processes find one that runs.
 */
@NullMarked
package dev.millrace.cli.up;

import org.jspecify.annotations.NullMarked;
