package dev.millrace.core;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Draws requests that ask for anything that a request can ask for. */
final class RandomRequests {
    private final String pool;
    private final Random random;

    RandomRequests(String pool, Random random) {
        this.pool = pool;
        this.random = random;
    }

    String role() {
        return SimulatedPool.ROLES.get(random.nextInt(SimulatedPool.ROLES.size()));
    }

    TaskRequest.Builder request(String id, long brokerMs) {
        TaskRequest.Builder request = Requests.task(id)
                .setPool(pool)
                .setRole(role())
                .setPriority(random.nextInt(50) == 0 ? 101 : random.nextInt(5) * 10)
                .setResources(Requests.resources(500L * (1 + random.nextInt(4)), 256L * (1 + random.nextInt(4))))
                .setRestartPolicy(new RestartPolicy(
                        RestartMode.values()[1 + random.nextInt(3)], 1 + random.nextInt(4), 500L, 8_000L))
                .setUnreachablePolicy(new UnreachablePolicy(
                        random.nextInt(4) == 0 ? UnreachableAction.WAIT : UnreachableAction.REPLACE,
                        1_000L * random.nextInt(60)))
                .setLabels(List.of(new KeyValue("app", "app" + random.nextInt(3))));
        if (random.nextInt(4) == 0) {
            request.setConstraints(List.of(constraint()));
        }
        if (random.nextInt(4) == 0) {
            request.setAffinities(List.of(affinity()));
        }
        if (random.nextInt(8) == 0) {
            request.setJob("job" + random.nextInt(2));
            request.setSpreads(List.of(new Spread(
                    "rack",
                    random.nextBoolean() ? List.of() : List.of(new SpreadTarget("r0", 700)),
                    random.nextBoolean(),
                    50)));
        }
        if (random.nextInt(3) == 0) {
            request.setResources(withPortsOrGpus(request));
        }
        if (random.nextInt(20) == 0) {
            request.setNotBefore(Instant.ofEpochMilli(brokerMs + random.nextInt(30_000)));
        }
        if (random.nextInt(20) == 0) {
            request.setExpiresAt(Instant.ofEpochMilli(brokerMs + random.nextInt(30_000)));
        }
        if (random.nextInt(3) == 0) {
            request.setMaxRunTimeMs(20_000L + random.nextInt(5) * 40_000L);
        }
        return request;
    }

    private Affinity affinity() {
        return new Affinity(
                "app",
                "app" + random.nextInt(3),
                List.of("", "rack", "zone").get(random.nextInt(3)),
                random.nextBoolean(),
                random.nextBoolean(),
                1 + random.nextInt(100));
    }

    private Resources withPortsOrGpus(TaskRequest.Builder request) {
        Resources.Builder resources = Resources.newBuilder(request.getResources());
        if (random.nextBoolean()) {
            resources.setGpuMillis(List.of(200L, 500L, 700L, 1_000L, 2_000L).get(random.nextInt(5)));
        }
        if (random.nextInt(4) == 0) {
            resources.setPorts(List.of(new PortRange(8_080, 8_080), new PortRange(31_001, 31_001)));
        }
        if (random.nextBoolean()) {
            request.setPortCount(1 + random.nextInt(4));
        }
        return resources.build();
    }

    private Constraint constraint() {
        return switch (random.nextInt(4)) {
            case 0 -> Requests.constraint("rack", ConstraintOperator.EQUALS, "r" + random.nextInt(4));
            case 1 -> Requests.constraint("rack", ConstraintOperator.NOT_EQUALS, "r1");
            case 2 -> Requests.constraint("zone", ConstraintOperator.MATCHES, "z[1-9]");
            default -> Requests.constraint("rack", ConstraintOperator.IN, "r0", "r2");
        };
    }
}
