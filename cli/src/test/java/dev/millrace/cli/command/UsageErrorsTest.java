package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UsageErrorsTest {
    @TempDir
    Path directory;

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("millrace: Unmatched argument at index 0: 'tsks'; did you mean tasks", "tsks"),
                mistake("millrace tasks: Unknown option: '--al'; did you mean --all?", "tasks --al"),
                mistake(
                        "millrace tasks: --state: there is no state 'lazy'; there are unknown, queued,",
                        "tasks --state lazy"),
                mistake("millrace tasks: Invalid value for option '--output'", "tasks -o xml"),
                mistake("millrace topics: which command? One of create, list, check", "topics"),
                mistake("millrace schemas export: Missing required parameter: 'DIR'", "schemas export"),
                mistake("millrace task: Missing required parameter: 'TASK'", "task"),
                mistake("millrace run: what is to be run?", "run"),
                mistake("millrace run: there is no command after --", "run --"),
                mistake("millrace run: give either a job FILE or a command after --, not both", "run job.yaml -- true"),
                mistake("millrace run: give one job FILE", "run a.yaml b.yaml"),
                mistake("millrace run: cannot read the job file no-such.yaml: it does not exist", "run no-such.yaml"),
                mistake(
                        "millrace run: options that describe a task go with a command after --",
                        "run --cpus 1 job.yaml"),
                mistake(
                        "millrace run: Invalid value for option '--cpus': 'lots' is no amount",
                        "run --cpus lots -- true"),
                mistake(
                        "millrace run: Invalid value for option '--memory': '64' has no unit",
                        "run --memory 64 -- true"),
                mistake(
                        "millrace run: Invalid value for option '--timeout': '5' has no unit",
                        "run --timeout 5 -- true"),
                mistake(
                        "millrace run: Invalid value for option '--restart': unknown word 'often'",
                        "run --restart often -- true"),
                mistake("millrace run: Invalid value for option '--constraint'", "run --constraint os=linux -- true"),
                mistake("millrace run: --attempts needs --restart", "run --attempts 3 -- true"),
                mistake("millrace run: --instances must be", "run --instances 0 -- true"),
                mistake("millrace run: --name 'a/b' must be 1 to 64 characters", "run --name a/b -- true"),
                mistake("millrace run: --id: submission id '' must be", "run --id= -- true"),
                mistake("millrace run: --custom tapes: 'x' is no amount", "run --custom tapes=x -- true"),
                mistake("millrace run: priority is 101: must be 0 to 100", "run --priority 101 -- true"),
                mistake("millrace up: --agents must be at least 1, not 0", "up --agents 0"),
                mistake("millrace up: a port is between 1 and 65535", "up --port 70000"),
                mistake("millrace replay: --verify, --at and --export exclude each other", "replay --verify --at 1m"),
                mistake("millrace what-if: preemptionGap is -5: must be 1 to 100", "what-if --preemption-gap -5"),
                mistake("millrace replay: what is to be done with the replay? Say one of --verify", "replay"),
                mistake(
                        "millrace what-if: Invalid value for option '--role' (ROLE:SETTINGS): 'eng' changes no role",
                        "what-if --role eng"),
                mistake(
                        "millrace what-if: Invalid value for option '--role' (ROLE:SETTINGS): 'wait=2' is nothing of a role's",
                        "what-if --role eng:wait=2"),
                mistake(
                        "millrace what-if: --role: eng is given twice",
                        "what-if --role eng:weight=2 --role eng:limit=cpus=1"),
                mistake(
                        "millrace what-if: Invalid value for option '--add-agents' (FLEET): 'many' is not a fleet",
                        "what-if --add-agents many"),
                mistake("millrace snapshot list: DIR: there is no directory no-such", "snapshot list no-such"),
                mistake(
                        "millrace bench failover: rounds: 0 is not between",
                        "bench failover --scheduler-option=--verbose --rounds 0"),
                mistake("millrace role: which command? One of set, remove", "role"),
                mistake("millrace pool: which command? One of set, show", "pool"),
                mistake("millrace role set: Missing required parameter: 'ROLE'", "role set"),
                mistake(
                        "millrace role set: Invalid value for option '--weight': '0' is not between 0.001 and 1000000",
                        "role set eng --weight 0"),
                mistake(
                        "millrace role set: Invalid value for option '--guarantee': there is no resource 'cpu';"
                                + " did you mean 'cpus'?",
                        "role set eng --guarantee cpu=10"),
                mistake(
                        "millrace role set: Invalid value for option '--limit': memory: '64' has no unit",
                        "role set eng --limit cpus=1,memory=64"),
                mistake(
                        "millrace role set: Invalid value for option '--limit': 'cpus' is named twice",
                        "role set eng --limit cpus=1,cpus=2"),
                mistake(
                        "millrace role set: Invalid value for option '--max-queued': '-1' is neither a whole number nor none",
                        "role set eng --max-queued=-1"),
                mistake(
                        "millrace pool set: Invalid value for option '--placement': 'tight' is none of binpack, spread,",
                        "pool set default --placement tight"),
                mistake(
                        "millrace pool set: Invalid value for option '--preemption': expected one of [on, off]",
                        "pool set default --preemption yes"),
                mistake(
                        "millrace pool set: Invalid value for option '--min-offer-memory': '64' has no unit",
                        "pool set default --min-offer-memory 64"),
                mistake("millrace framework: which command? One of show, teardown", "framework"),
                mistake(
                        "millrace framework: Unmatched argument at index 1: 'teardwn'; did you mean teardown?",
                        "framework teardwn"),
                mistake("millrace framework show: Missing required parameter: 'FRAMEWORK'", "framework show"),
                mistake(
                        "millrace offers: Unknown option: '--frameork'; did you mean --framework?",
                        "offers --frameork"),
                mistake("millrace reserve: Missing required parameters: 'ROLE', 'RESOURCES'", "reserve agent-1"),
                mistake(
                        "millrace unreserve: Invalid value for positional parameter at index 2 (RESOURCES): 'lots' is no amount",
                        "unreserve agent-1 eng lots"),
                mistake("millrace scheduler: which cluster?", "scheduler --state-dir target/x"),
                mistake(
                        "millrace bench lifecycle: agents: -1 is not between 0 and 20000",
                        "bench lifecycle --agents=-1"),
                mistake("millrace bench lifecycle: --pool 'a/b' must be", "bench lifecycle --pool a/b"),
                mistake(
                        "millrace bench packing: Missing required options: '--nodes=FILE', '--pods=FILE'",
                        "bench packing"),
                mistake(
                        "millrace bench packing: cannot read no-such.csv: it does not exist",
                        "bench packing --nodes no-such.csv --pods no-such.csv"),
                mistake(
                        "millrace bench packing: --seeds must be 1 to 1000, not 0",
                        "bench packing --nodes n --pods p --seeds 0"),
                mistake(
                        "millrace bench packing: --ratio must be more than 0 and at most 100, not 0.0",
                        "bench packing --nodes n --pods p --ratio 0"),
                mistake(
                        "millrace bench packing: Invalid value for option '--policy'",
                        "bench packing --nodes n --pods p --policy best"),
                mistake(
                        "millrace bench placement: constraints: 5 is not between 0 and 4",
                        "bench placement --constraints 5"),
                mistake("millrace bench placement: agents: 1 is not between 100 and", "bench placement --agents 1"),
                mistake("millrace bench failover: rounds: 0 is not between 1 and", "bench failover --rounds 0"),
                mistake(
                        "millrace bench failover: Error: --standby, --broker are mutually exclusive",
                        "bench failover --standby --broker"),
                mistake("millrace bench replay: inputs: 1 is not between 1000 and", "bench replay --inputs 1"),
                mistake("millrace bench restore: tasks: 0 is not between 1 and", "bench restore --tasks 0"),
                mistake("millrace bench release: tasks: 0 is not between 1 and", "bench release --tasks 0"),
                mistake("millrace bench release: shapes: 0 is not between 1 and", "bench release --shapes 0"),
                mistake("millrace bench release: agents: 10 are too few for 100000 tasks", "bench release --agents 10"),
                mistake(
                        "millrace agent: --resources: 'cpus': write it as NAME=VALUE",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --resources cpus"),
                mistake(
                        "millrace agent: --attribute: attribute 'rack': write it as NAME=VALUE",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --attribute rack"),
                mistake(
                        "millrace agent: --ports: '80-x': 'x' is not a port",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --ports 80-x"),
                mistake(
                        "millrace agent: --ports: the ports are given twice",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --resources ports=80 --ports 80"),
                mistake(
                        "millrace agent: --gpus: an agent has 0 to 64 GPUs, not 65",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --gpus 65"),
                mistake(
                        "millrace agent: --reserve: 'search': write it as ROLE:cpus=2,memory=4GiB",
                        "agent --bootstrap-server localhost:1 --work-dir target/x --reserve search"),
                mistake(
                        "millrace agent: more is reserved than the agent offers: cpus 9 of 4",
                        "agent",
                        "--bootstrap-server=localhost:1",
                        "--work-dir=target/reserving",
                        "--resources=cpus=4",
                        "--reserve=search:cpus=9"),
                mistake(
                        "millrace agent: the agent can't be registered: reservations[0].role is",
                        "agent",
                        "--bootstrap-server=localhost:1",
                        "--work-dir=target/reserving",
                        "--reserve=/search:memory=1MiB"),
                mistake(
                        "millrace sim-agents: more is reserved than the agent offers: gpus 1 of 0",
                        "sim-agents 3 --bootstrap-server localhost:1 --reserve search:gpus=1"),
                mistake("millrace up: --ports: '80,80': the ports 80-80 and 80-80 overlap", "up --ports 80,80"),
                mistake(
                        "millrace scheduler: standbys is 11; it may be 0 to 10",
                        "scheduler --bootstrap-server localhost:1 --state-dir target/x --standbys 11"),
                mistake(
                        "millrace scheduler: session-timeout-ms is 999; it may be 1000 to 600000",
                        "scheduler --bootstrap-server localhost:1 --state-dir target/x --session-timeout 999ms"),
                mistake(
                        "millrace scheduler: threads is 0; it may be 1 to 1000",
                        "scheduler --bootstrap-server localhost:1 --state-dir target/x --threads 0"),
                mistake(
                        "millrace scheduler: instance-id 'a b' may have",
                        "scheduler",
                        "--bootstrap-server=localhost:1",
                        "--state-dir=target/x",
                        "--instance-id=a b"),
                mistake(
                        "millrace sim-agents: one process plays 1 to 20000 agents, not 30000",
                        "sim-agents 30000 --bootstrap-server localhost:1"),
                mistake(
                        "millrace sim-agents: the failure rate is 2.0: must be from 0 to 1",
                        "sim-agents 1 --failure-rate 2 --bootstrap-server localhost:1"),
                mistake(
                        "millrace topics create: --partitions must be 1 to 1000, not 0",
                        "topics create --partitions 0"),
                mistake(
                        "millrace tasks: 'localhost' is no broker's address; write host:port",
                        "tasks --bootstrap-server localhost"),
                mistake(
                        "millrace tasks: --prefix: topic prefix 'a b' may have",
                        "tasks",
                        "--bootstrap-server",
                        "localhost:1",
                        "--prefix",
                        "a b"),
                mistake(
                        "millrace tasks: cannot read no-such.properties: it does not exist",
                        "tasks --bootstrap-server localhost:1 --command-config no-such.properties"));
    }

    private static Arguments mistake(String complaint, String... arguments) {
        boolean oneText = arguments.length == 1;
        var words = oneText && arguments[0].isEmpty() ? new String[0] : oneText ? arguments[0].split(" ") : arguments;
        return Arguments.of(complaint, words);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysInOneLineWhatIsWrong(String complaint, String[] arguments) {
        var typed = Cli.type(arguments);

        assertThat(typed.err()).startsWith(complaint).hasLineCount(1);
        assertThat(typed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(typed.out()).isEmpty();
    }

    @Test
    void showsItsUsageIfNothingIsTyped() {
        var typed = Cli.type();

        assertThat(typed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(typed.err())
                .startsWith("Usage: millrace ")
                .contains("Commands:")
                .contains("Examples:");
        assertThat(typed.out()).isEmpty();
    }

    @Test
    void namesEveryFaultOfAJobFileAndSubmitsNothing() throws IOException {
        var file = directory.resolve("bad.yaml");
        Files.writeString(file, "name: j\npol: x\ntasks: [{name: t}]\n");

        var typed = Cli.type("run", file.toString());

        assertThat(typed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(typed.err())
                .isEqualTo(file + ":2:1: a job file has no key 'pol'; did you mean 'pool'?\n" + file
                        + ":3:9: a task has no 'command'\n" + "millrace run: nothing was submitted: 2 faults in " + file
                        + "\n");
    }

    @Test
    void saysWhereItLookedForACluster() {
        for (var command : new String[] {"tasks", "agents", "status", "topics list"}) {
            var typed = Cli.typeAt(directory, command.split(" "));

            assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(typed.err())
                    .contains("no cluster: none is named, and no local one runs in " + directory)
                    .hasLineCount(1);
        }
    }

    @Test
    void saysAtOnceThatNoBrokerAnswers() {
        var typed = Cli.type("tasks", "--bootstrap-server", "localhost:1,no-such-host.invalid:9092");

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.err())
                .contains("localhost:1 does not answer")
                .contains("there is no host no-such-host.invalid")
                .contains("--bootstrap-server")
                .hasLineCount(1);
    }

    @Test
    void showsAStackTraceOnlyIfItIsAskedFor() {
        var typed = Cli.type("tasks", "--verbose", "--bootstrap-server", "localhost:1");

        assertThat(typed.err()).contains("\tat dev.millrace.cli.command.");
    }
}
