/**
 * A real Kafka broker in this process, and the broker that integration tests share.
 *
 * <p>This package owns brokers only. It knows Kafka's server and nothing of Millrace's own modules, so that every other
 * module can take it as a test dependency without a cycle; the whole local cluster (broker, scheduler, agents) in one
 * process is put together by the command line, in {@code dev.millrace.cli.up}.
 */
@NullMarked
package dev.millrace.local;

import org.jspecify.annotations.NullMarked;
