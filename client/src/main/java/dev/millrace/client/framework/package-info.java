/**
 * Frameworks in Java: programs that are offered resources and place their own tasks. Begin reading at {@link
 * dev.millrace.client.framework.SchedulerDriver}, which calls a {@link dev.millrace.client.framework.Scheduler} back as Mesos' driver does; it
 * stands on {@link dev.millrace.client.framework.FrameworkConnection}, from which events are polled. It may use the rest of the SDK, never the
 * other way round but for {@code MillraceClient.allocate}.
 */
@NullMarked
package dev.millrace.client.framework;

import org.jspecify.annotations.NullMarked;
