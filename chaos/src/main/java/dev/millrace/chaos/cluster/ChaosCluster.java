package dev.millrace.chaos.cluster;

import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.cluster.ClusterLayout.AgentSpec;
import dev.millrace.cli.MillraceMain;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.OperatorClient;
import dev.millrace.client.OperatorClient.Answer;
import dev.millrace.client.TopicAdmin;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.ExtraListener;
import dev.millrace.local.FreePorts;
import dev.millrace.local.JavaProcess.Program;
import dev.millrace.local.QuorumNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/**
 * A cluster of processes on this machine. Each scheduler and each agent reaches each broker through a proxy of its own, so that it can be cut off
 * alone. Everything is in one directory, the logs among them. Any thread may use it.
 */
public final class ChaosCluster implements AutoCloseable {
    /** How long a scheduler is missed before another takes its partitions. */
    public static final Duration SESSION_TIMEOUT = Duration.ofSeconds(3);
    /** How long a scheduler's transaction may take. */
    public static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(4);
    /** How long an agent is missed before it is unreachable. */
    public static final Duration UNREACHABLE_TIMEOUT = Duration.ofSeconds(4);

    private static final Duration HEARTBEAT_INTERVAL = Duration.ofMillis(500);
    private static final Duration LEASE = Duration.ofMillis(2_500);
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final String HOST = "localhost:";

    private final Path directory;
    private final ClusterLayout layout;
    private final ProcessLedger ledger;
    private final FakeClock brokerClock;
    private final Map<String, FakeClock> wrongClocks = new TreeMap<>();
    private final List<Integer> brokerPorts = new ArrayList<>();
    private final List<Daemon> brokers = new ArrayList<>();
    private final List<Daemon> schedulers = new ArrayList<>();
    private final List<Daemon> agents = new ArrayList<>();
    /** What each scheduler and agent is told to connect to. */
    private final Map<String, String> bootstrap = new TreeMap<>();

    private final Map<String, List<TcpProxy>> proxies = new TreeMap<>();
    private final Map<String, SmallDisk> smallDisks = new TreeMap<>();

    /**
     * Prepares a cluster; nothing runs yet.
     *
     * @param directory an empty one
     */
    public ChaosCluster(Path directory, ClusterLayout layout) throws IOException {
        this.directory = directory.toAbsolutePath();
        this.layout = layout;
        ledger = new ProcessLedger(this.directory);
        Files.createDirectories(this.directory.resolve("tmp"));
        brokerClock = new FakeClock(this.directory.resolve("broker-clock"));
        for (Map.Entry<String, Duration> wrong : layout.clocks().entrySet()) {
            FakeClock clock = new FakeClock(this.directory.resolve(wrong.getKey() + "-clock"));
            clock.set(wrong.getValue());
            wrongClocks.put(wrong.getKey(), clock);
        }
        boolean prepared = false;
        try {
            prepareBrokers();
            for (int i = 1; i <= layout.schedulers(); i++) {
                schedulers.add(scheduler("scheduler-" + i));
            }
            for (AgentSpec spec : layout.agents()) {
                agents.add(agent(spec));
            }
            prepared = true;
        } finally {
            if (!prepared) {
                close();
            }
        }
    }

    /** Starts everything; returns when the pools are configured and every agent is there. */
    public void start() throws IOException, InterruptedException {
        startAll(brokers);
        await(brokers, " started in ");
        try (TopicAdmin admin = new TopicAdmin(config())) {
            admin.create(ClusterLayout.PARTITIONS, layout.brokers() < 3 ? 1 : layout.brokers());
        }
        startAll(schedulers);
        startAll(agents);
        setUnreachableTimeout(UNREACHABLE_TIMEOUT);
        await(agents, " is registered in pool ");
    }

    public ClusterLayout layout() {
        return layout;
    }

    /** How clients reach it that are not to be cut off. */
    public ClusterConfig config() {
        return ClusterConfig.of(brokerPorts.stream().map(port -> HOST + port).collect(Collectors.joining(",")));
    }

    public List<Daemon> brokers() {
        return List.copyOf(brokers);
    }

    public List<Daemon> schedulers() {
        return List.copyOf(schedulers);
    }

    public List<Daemon> agents() {
        return List.copyOf(agents);
    }

    /** Cuts a scheduler or an agent off from all brokers. */
    public void cut(Daemon daemon) {
        proxies.getOrDefault(daemon.name(), List.of()).forEach(TcpProxy::cut);
    }

    /** Ends that. */
    public void heal(Daemon daemon) {
        proxies.getOrDefault(daemon.name(), List.of()).forEach(TcpProxy::heal);
    }

    /** Sets how long an agent is missed before it is unreachable; each agent then registers anew. */
    public void setUnreachableTimeout(Duration timeout) {
        try (OperatorClient operator = new OperatorClient(config())) {
            for (String pool : layout.pools()) {
                configure(operator, pool, timeout);
            }
        }
    }

    /** Whether the brokers' clocks can be set. */
    public boolean canSetClock() {
        return FakeClock.isAvailable();
    }

    /** Sets the brokers' clocks off by that much. */
    public void setBrokerClock(Duration offset) throws IOException {
        brokerClock.set(offset);
    }

    /** Whether a daemon's disk can be filled. */
    public boolean hasSmallDisk(Daemon daemon) {
        return smallDisks.containsKey(daemon.name());
    }

    /** Leaves no room on a daemon's disk. */
    public void fillDisk(Daemon daemon) throws IOException {
        smallDisk(daemon).fill();
    }

    /** Gives the room back. */
    public void emptyDisk(Daemon daemon) throws IOException {
        smallDisk(daemon).empty();
    }

    /** Every process that has ended without having been asked to, or did not when it was. */
    public List<Finding> findings() {
        return daemons().stream().flatMap(daemon -> daemon.findings().stream()).toList();
    }

    /** Kills everything, and unmounts what was mounted. The files stay. */
    @Override
    public void close() throws IOException {
        daemons().forEach(Daemon::close);
        proxies.values().forEach(all -> all.forEach(TcpProxy::close));
        for (SmallDisk disk : smallDisks.values()) {
            SmallDisk.unmount(disk.root());
        }
    }

    private SmallDisk smallDisk(Daemon daemon) {
        return Optional.ofNullable(smallDisks.get(daemon.name())).orElseThrow();
    }

    private List<Daemon> daemons() {
        List<Daemon> all = new ArrayList<>(agents);
        all.addAll(schedulers);
        all.addAll(brokers);
        return all;
    }

    private void prepareBrokers() throws IOException {
        var controllers = new TreeMap<Integer, Integer>();
        for (int id = 1; id <= layout.brokers(); id++) {
            controllers.put(id, FreePorts.next());
        }
        String clusterId = Uuid.randomUuid().toString();
        for (int id = 1; id <= layout.brokers(); id++) {
            int port = FreePorts.next();
            brokerPorts.add(port);
            BrokerSettings settings =
                    BrokerSettings.in(daemonDirectory("broker-" + id)).withPort(port);
            if (layout.brokers() > 1) {
                settings = settings.in(new QuorumNode(id, clusterId, controllers));
            }
            for (String client : clients()) {
                settings = settings.with(listener(client));
            }
            Program program = new Program(
                    BrokerMain.class, List.of("-Xmx384m"), BrokerMain.arguments(settings), brokerClock.environment());
            brokers.add(new Daemon("broker-" + id, program, directory, ledger));
        }
    }

    private List<String> clients() {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= layout.schedulers(); i++) {
            names.add("scheduler-" + i);
        }
        layout.agents().forEach(spec -> names.add(spec.id()));
        return names;
    }

    private ExtraListener listener(String client) throws IOException {
        int port = FreePorts.next();
        int advertised = FreePorts.next();
        proxies.computeIfAbsent(client, name -> new ArrayList<>()).add(new TcpProxy(advertised, port));
        bootstrap.merge(client, HOST + advertised, (one, other) -> one + "," + other);
        return new ExtraListener(client.toUpperCase(Locale.ROOT).replace('-', '_'), port, advertised);
    }

    private Daemon scheduler(String name) throws IOException {
        Path settings = directory.resolve(name + ".properties");
        Files.writeString(settings, "producer.transaction.timeout.ms=" + TRANSACTION_TIMEOUT.toMillis() + "\n");
        return daemon(
                name,
                "scheduler",
                "--state-dir=" + daemonDirectory(name),
                "--instance-id=" + name,
                "--threads=1",
                "--session-timeout=" + SESSION_TIMEOUT.toSeconds() + "s",
                "--command-config=" + settings);
    }

    private Daemon agent(AgentSpec spec) throws IOException {
        return daemon(
                spec.id(),
                "agent",
                "--work-dir=" + daemonDirectory(spec.id()),
                "--agent-id=" + spec.id(),
                "--pool=" + spec.pool(),
                "--resources=cpus=" + BigDecimal.valueOf(spec.size().cpuMillis(), 3) + ",memory="
                        + spec.size().memMib() + "MiB,disk=1GiB");
    }

    /** Where a daemon has all that is its own. */
    private Path daemonDirectory(String name) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        Integer mib = layout.smallDisks().get(name);
        if (mib != null) {
            // First, so that whoever is killed in between leaves no file system that nobody knows of.
            ledger.mounting(own);
            SmallDisk.mount(own, mib).ifPresent(disk -> smallDisks.put(name, disk));
        }
        return own;
    }

    private Daemon daemon(String name, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--bootstrap-server=" + bootstrap.get(name));
        Map<String, String> environment =
                new TreeMap<>(Map.of("MILLRACE_HOME", directory.resolve("home").toString()));
        Optional.ofNullable(wrongClocks.get(name)).ifPresent(clock -> environment.putAll(clock.environment()));
        Program program = new Program(
                MillraceMain.class,
                List.of("-Xmx192m", "-Djava.io.tmpdir=" + directory.resolve("tmp")),
                all,
                environment);
        return new Daemon(name, program, directory, ledger);
    }

    private static void startAll(List<Daemon> daemons) throws IOException {
        for (Daemon daemon : daemons) {
            daemon.start();
        }
    }

    private static void await(List<Daemon> daemons, String words) throws IOException, InterruptedException {
        for (Daemon daemon : daemons) {
            if (!daemon.awaitSaid(words, START_LIMIT)) {
                throw new IllegalStateException(daemon.name() + " has not said '" + words + "'; see " + daemon.log());
            }
        }
    }

    private static void configure(OperatorClient operator, String pool, Duration unreachableTimeout) {
        Answer answer = operator.send(
                id -> ConfigurePool.newBuilder()
                        .setPool(pool)
                        .setCommandId(id)
                        .setHeartbeatIntervalMs(HEARTBEAT_INTERVAL.toMillis())
                        .setLeaseMs(LEASE.toMillis())
                        .setUnreachableTimeoutMs(unreachableTimeout.toMillis())
                        .build(),
                START_LIMIT);
        if (!(answer instanceof Answer.Done)) {
            throw new IllegalStateException("the pool " + pool + " could not be configured: " + answer);
        }
    }
}
