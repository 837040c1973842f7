package dev.millrace.agent;

import dev.millrace.agent.executor.MachineRunner;
import dev.millrace.agent.link.AgentLink;
import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.link.AgentSink;
import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.link.LinkSettings;
import dev.millrace.agent.link.LinkedAgent;
import dev.millrace.agent.link.TaskRunner;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent: it offers this machine to a pool and runs what the scheduler places on it. When it stops, for whatever reason, its tasks run on,
 * and the next agent on the same work directory takes them over.
 *
 * <p>Thread-safe.
 */
public final class Agent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    /** Makes the part of an agent that runs tasks. */
    @FunctionalInterface
    public interface RunnerFactory {
        /**
         * A runner, which takes over the attempts of earlier agents in the directory.
         *
         * @param workDir the agent's directory, which nobody else uses
         * @param profile what the agent says of itself
         * @param sink where the runner's findings go
         */
        TaskRunner create(Path workDir, AgentProfile profile, ExecutorSink sink) throws IOException;
    }

    private final AgentDirectory directory;
    private final AgentProfile profile;
    private final AgentLink link;
    private final TaskRunner runner;
    private final CompletableFuture<Long> registered = new CompletableFuture<>();
    private final CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
    private boolean started;
    private boolean stopping;

    /**
     * An agent that runs tasks as processes of this machine. It holds its work directory and watches the tasks in it, but does not speak with
     * the scheduler yet.
     *
     * @throws AgentDirectory.UnusableException if the work directory is another agent's
     * @throws IOException if the work directory can't be used, or the machine lacks something that agents need
     * @throws IllegalArgumentException if the configuration can't be right
     */
    public Agent(AgentConfig config) throws IOException {
        this(config, Agent::processRunner);
    }

    /**
     * The same with a runner of the caller's.
     *
     * @throws AgentDirectory.UnusableException if the work directory is another agent's
     * @throws IOException if the work directory can't be used
     * @throws IllegalArgumentException if the configuration can't be right
     */
    public Agent(AgentConfig config, RunnerFactory runners) throws IOException {
        String newAgentId = HostInfo.asAgentId(HostInfo.detectHostname());
        directory = AgentDirectory.open(config.workDir(), config.pool(), config.agentId(), newAgentId);
        try {
            profile = profile(config, directory);
            link = new AgentLink(settings(config, profile.agentId()), this::failed);
            AgentSink sink = link.sink(profile.pool());
            runner = runners.create(directory.path(), profile, sink);
            link.add(link.agent(profile, sink, runner, new Listener()));
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static TaskRunner processRunner(Path workDir, AgentProfile profile, ExecutorSink sink) throws IOException {
        // Where this agent does not offer them all, another one on the machine may.
        boolean hidesGpus = profile.resources().getGpuMillis() > 0
                || GpuDevices.detect(Path.of("/")).count() > 0;
        RunnerConfig config = RunnerConfig.of(workDir, profile.pool(), profile.agentId());
        return new MachineRunner(config.withHiddenGpus(hidesGpus), profile, sink);
    }

    private static AgentProfile profile(AgentConfig config, AgentDirectory directory) throws IOException {
        AgentDirectory.Identity identity = directory.identity();
        HostInfo host = HostInfo.detect(directory.path());
        Map<String, String> detected = new TreeMap<>(host.attributes());
        detected.put("agent", identity.agentId());
        Resources resources = config.shape().resources(host.resources());
        if (resources.getGpuMillis() == 0) {
            detected.remove(HostInfo.GPU_MODEL);
        }
        return new AgentProfile(
                identity.pool(),
                identity.agentId(),
                identity.workDirId(),
                host.hostname(),
                resources,
                config.shape().reservations(resources),
                config.shape().attributes(detected),
                version());
    }

    private static String version() {
        String version = Agent.class.getPackage().getImplementationVersion();
        return version == null ? "" : version;
    }

    private static LinkSettings settings(AgentConfig config, String agentId) {
        return new LinkSettings(config.cluster(), "millrace-agent-" + agentId, LinkSettings.Tuning.ONE_AGENT);
    }

    /** Connects, registers, and takes launches. Returns at once; while the broker is away the agent waits for it. */
    public synchronized void start() {
        if (started || stopping) {
            throw new IllegalStateException("an agent is started once, before it is closed");
        }
        started = true;
        link.start();
    }

    /** What the agent says of itself. */
    public AgentProfile profile() {
        return profile;
    }

    /**
     * Waits until the scheduler has accepted the agent for the first time.
     *
     * @return false if it did not within that time
     * @throws IllegalStateException if the agent has stopped
     */
    public boolean awaitRegistered(Duration atMost) throws InterruptedException {
        try {
            CompletableFuture.anyOf(registered, stopped).get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        if (!registered.isDone()) {
            throw new IllegalStateException(
                    "the agent has stopped: " + stopped.join().message());
        }
        return true;
    }

    /** How many messages to this agent could not be decoded and were passed over. */
    public long undecodableMessages() {
        return link.undecodable();
    }

    /** Tells the listener once why the agent stopped, after it has; at once if it has already. */
    public void onStopped(Consumer<AgentStopped> listener) {
        var unused = stopped.thenAccept(listener).exceptionally(e -> {
            log.error("A listener failed when it was told that agent {} has stopped", profile.agentId(), e);
            return null;
        });
    }

    /** Says goodbye to the scheduler and stops. The tasks run on. */
    @Override
    public void close() {
        stop(new AgentStopped(AgentStopped.Cause.CLOSED, "the agent was closed"));
        stopped.join();
    }

    private void stop(AgentStopped why) {
        synchronized (this) {
            if (stopping) {
                return;
            }
            stopping = true;
        }
        try {
            runner.close();
            link.close();
            directory.close();
        } catch (IOException | RuntimeException e) {
            log.warn("Agent {} did not stop cleanly", profile.agentId(), e);
        } finally {
            stopped.complete(why);
        }
    }

    private void failed(Throwable failure) {
        StringBuilder message = new StringBuilder(failure.toString());
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            message.append(": ").append(cause.getMessage());
        }
        stopAside(new AgentStopped(AgentStopped.Cause.FAILED, message.toString()));
    }

    /** Stops the agent from the link's own thread, which must be free to end. */
    private void stopAside(AgentStopped why) {
        new Thread(() -> stop(why), "agent-stop " + profile.agentId()).start();
    }

    private final class Listener implements LinkedAgent.Listener {
        @Override
        public void accepted(long incarnation) {
            log.info("Agent {} is registered in pool {}", profile.agentId(), profile.pool());
            registered.complete(incarnation);
        }

        @Override
        public void fenced(String message) {
            log.error("Agent {} was refused by the scheduler: {}", profile.agentId(), message);
            stopAside(new AgentStopped(AgentStopped.Cause.FENCED, message));
        }
    }
}
