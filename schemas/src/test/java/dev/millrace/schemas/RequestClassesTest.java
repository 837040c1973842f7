package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestClassesTest {
    private static final long SEED = Long.getLong("millrace.seed", 20_260_701L);
    private static final int REQUESTS = Integer.getInteger("millrace.classes.requests", 20_000);
    private static final String[] STRINGS = {
        "", "a", "b", "a,b", "(a)", "\"", "\\", "\\\"", " in ", "in", "exists", "==", "=", "cpus", "0.5", "cpus=1",
        "a==b", "role", "\u0000", "\ud800", "\udc00", "é", ":1", "a:1", ")"
    };

    private final Random random = new Random(SEED);

    @Test
    void namesWhatIsAskedForInTheWordsOfAJobFile() {
        Resources resources =
                Resources.newBuilder().setCpuMillis(500).setMemMib(64).build();
        Constraint linux = new Constraint("os", ConstraintOperator.EQUALS, List.of("linux"));

        assertThat(text("default", resources, List.of(linux)))
                .isEqualTo("role=default cpus=0.5 memory=64MiB os==linux");
    }

    @Test
    void namesEveryKindOfResourceAndConstraint() {
        Resources resources = new Resources(
                1_250L,
                1L,
                2L,
                1_005L,
                List.of(new PortRange(80, 80), new PortRange(8_000, 8_010)),
                List.of(new ScalarQuantity("licences", 1_500L), new ScalarQuantity("seats", 10L)));
        List<Constraint> constraints = List.of(
                new Constraint("os", ConstraintOperator.NOT_EQUALS, List.of("win dows")),
                new Constraint("host name", ConstraintOperator.MATCHES, List.of("web\\d")),
                new Constraint("rack", ConstraintOperator.IN, List.of("a", "b,c")),
                new Constraint("ssd", ConstraintOperator.EXISTS, List.of()));

        assertThat(text("eng/web", resources, constraints))
                .isEqualTo(
                        "role=eng/web cpus=1.25 memory=1MiB disk=2MiB gpus=1.005 ports=80-80,8000-8010"
                                + " scalars=licences:1.5,seats:0.01 os!=\"win dows\" \"host name\"=~\"web\\\\d\" rack in (a,\"b,c\") ssd exists");
    }

    @Test
    void writesThousandthsAsDecimals() {
        assertThat(RequestClasses.decimal(0)).isEqualTo("0");
        assertThat(RequestClasses.decimal(1)).isEqualTo("0.001");
        assertThat(RequestClasses.decimal(100)).isEqualTo("0.1");
        assertThat(RequestClasses.decimal(110)).isEqualTo("0.11");
        assertThat(RequestClasses.decimal(101)).isEqualTo("0.101");
        assertThat(RequestClasses.decimal(-1_500)).isEqualTo("-1.5");
        assertThat(RequestClasses.decimal(Long.MIN_VALUE)).isEqualTo("-9223372036854775.808");
    }

    @Test
    void differentRequestsHaveDifferentTexts() {
        Map<String, List<Object>> seen = new HashMap<>();
        for (int i = 0; i < REQUESTS; i++) {
            String role = string();
            Resources resources = resources();
            List<Constraint> constraints = constraints();
            TaskRequest request = requestFor(role, resources, constraints)
                    .setJob(string())
                    .setPortCount(random.nextInt(3))
                    .setMaxRunTimeMs(random.nextInt(3) == 0 ? 5L : null)
                    .setAffinities(affinities())
                    .setSpreads(spreads())
                    .build();
            List<Object> what = List.of(
                    role,
                    resources,
                    constraints,
                    request.getPortCount(),
                    request.getMaxRunTimeMs() == null,
                    request.getAffinities(),
                    request.getSpreads(),
                    request.getSpreads().isEmpty() ? "" : request.getJob());

            List<Object> before = seen.putIfAbsent(RequestClasses.text(request), what);

            assertThat(before == null || before.equals(what))
                    .as("seed %d: %s and %s have the same text", SEED, before, what)
                    .isTrue();
        }
    }

    @Test
    void namesAffinitiesSpreadsPortsAndRunTimes() {
        TaskRequest request = requestFor(
                        "default", Resources.newBuilder().setCpuMillis(1_000).build(), List.of())
                .setJob("web")
                .setPortCount(2)
                .setMaxRunTimeMs(60_000L)
                .setAffinities(List.of(
                        new Affinity("app", "db", "rack", false, false, 50),
                        new Affinity("app", "web", "", true, true, 50)))
                .setSpreads(List.of(new Spread("zone", List.of(new SpreadTarget("a", 700)), false, 20)))
                .build();

        assertThat(RequestClasses.text(request))
                .isEqualTo("role=default cpus=1 portCount=2 maxRunTime=60000ms wants near app==db by rack*50"
                        + " must be far from app==web job=web wants spread over zone(a:700)*20");
    }

    @Test
    void membersOfAGangAreOneClassWhateverTheyNeed() {
        TaskRequest.Builder member = requestFor(
                        "eng", Resources.newBuilder().setCpuMillis(1_000).build(), List.of())
                .setGang(new Gang("mpi", 4, 1_000L));

        assertThat(RequestClasses.text(member.build())).isEqualTo("role=eng gang=mpi");
        assertThat(RequestClasses.shape(member.build())).isEqualTo("role=eng cpus=1");
    }

    private static String text(String role, Resources resources, List<Constraint> constraints) {
        return RequestClasses.text(requestFor(role, resources, constraints).build());
    }

    private static TaskRequest.Builder requestFor(String role, Resources resources, List<Constraint> constraints) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setRole(role)
                .setResources(resources)
                .setConstraints(constraints);
    }

    private List<Affinity> affinities() {
        List<Affinity> affinities = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            boolean required = random.nextBoolean();
            affinities.add(new Affinity(
                    string(),
                    string(),
                    string(),
                    random.nextBoolean(),
                    required,
                    required ? 50 : 1 + random.nextInt(3)));
        }
        return affinities;
    }

    private List<Spread> spreads() {
        List<Spread> spreads = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            boolean required = random.nextBoolean();
            List<SpreadTarget> targets = new ArrayList<>();
            for (int t = random.nextInt(3); t > 0; t--) {
                targets.add(new SpreadTarget(string(), random.nextInt(3)));
            }
            spreads.add(new Spread(string(), targets, required, required ? 50 : 1 + random.nextInt(3)));
        }
        return spreads;
    }

    private String string() {
        return STRINGS[random.nextInt(STRINGS.length)];
    }

    private Resources resources() {
        List<PortRange> ports =
                random.nextInt(4) > 0 ? List.of() : List.of(new PortRange(random.nextInt(3), random.nextInt(3)));
        List<ScalarQuantity> scalars = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            scalars.add(new ScalarQuantity(string(), (long) random.nextInt(3)));
        }
        return new Resources(amount(), amount(), amount(), amount(), ports, scalars);
    }

    private long amount() {
        return random.nextInt(3) * 5L;
    }

    private List<Constraint> constraints() {
        List<Constraint> constraints = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            List<String> values = new ArrayList<>();
            for (int v = random.nextInt(3); v > 0; v--) {
                values.add(string());
            }
            ConstraintOperator[] operators = ConstraintOperator.values();
            constraints.add(new Constraint(string(), operators[random.nextInt(operators.length)], values));
        }
        return constraints;
    }

    @Test
    void tellsTasksThatMayBeTheFirstOfTheirGroupFromThoseThatMayNot() {
        Affinity near = new Affinity("app", "db", "rack", false, true, 50);
        TaskRequest outside = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setResources(Resources.newBuilder().setCpuMillis(1_000L).build())
                .setAffinities(List.of(near))
                .build();
        TaskRequest inside = TaskRequest.newBuilder(outside)
                .setLabels(List.of(new KeyValue("app", "db")))
                .build();

        assertThat(RequestClasses.text(outside)).isEqualTo("role=default cpus=1 must be near app==db by rack");
        assertThat(RequestClasses.text(inside)).isEqualTo("role=default cpus=1 must be near app==db by rack or first");
    }
}
