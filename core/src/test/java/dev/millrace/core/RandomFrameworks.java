package dev.millrace.core;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws what frameworks want and launch. */
final class RandomFrameworks {
    private static final List<String> ROLES = List.of("ads", "default", "eng", "eng/search");

    private final Random random;
    private int launched;

    RandomFrameworks(Random random) {
        this.random = random;
    }

    String role() {
        return ROLES.get(random.nextInt(ROLES.size()));
    }

    String framework() {
        return "f" + random.nextInt(4);
    }

    long failoverTimeoutMs() {
        return 1_000L * random.nextInt(60);
    }

    Subscribe subscribe(String id, long incarnation) {
        return Subscribe.newBuilder()
                .setPool(Requests.POOL)
                .setFrameworkId(id)
                .setIncarnation(incarnation)
                .setRoles(wishes())
                .setFailoverTimeoutMs(failoverTimeoutMs())
                .build();
    }

    /** What is wanted in one role or more. */
    List<FrameworkRole> wishes() {
        List<FrameworkRole> wishes = new ArrayList<>();
        for (String role : ROLES) {
            if (random.nextInt(3) == 0) {
                wishes.add(wish(role));
            }
        }
        return wishes.isEmpty() ? List.of(wish(role())) : wishes;
    }

    private FrameworkRole wish(String role) {
        FrameworkRole.Builder wish = FrameworkRole.newBuilder().setRole(role).setSuppressed(random.nextInt(10) == 0);
        if (random.nextInt(4) == 0) {
            Constraint constraint = Requests.constraint("rack", ConstraintOperator.EQUALS, "r" + random.nextInt(2));
            wish.setConstraints(List.of(constraint));
        }
        if (random.nextInt(3) != 0) {
            wish.setUnit(need(1 + random.nextInt(2)))
                    .setUnitPorts(random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0)
                    .setUnitsWanted(random.nextInt(3) == 0 ? null : random.nextInt(9));
        }
        return wish.build();
    }

    /** So many times some small amount, now and then with GPUs or licences. */
    Resources need(int size) {
        Resources.Builder need = Resources.newBuilder(Requests.resources(size * 500L, size * 256L));
        switch (random.nextInt(8)) {
            case 0 -> need.setGpuMillis(List.of(200L, 500L, 1_000L, 2_000L).get(random.nextInt(4)));
            case 1 -> need.setScalars(List.of(new ScalarQuantity("licences", 500L * size)));
            case 2 -> need.setDiskMib(100L * size);
            default -> {
                // No more than processors and memory.
            }
        }
        return need.build();
    }

    Reservation reservation(String role, long cpuMillis) {
        return new Reservation(role, Requests.resources(cpuMillis, cpuMillis / 8), List.of());
    }

    /** What an agent has after something was added or taken out. */
    Resources other(Resources resources) {
        long gpuMillis = random.nextInt(3) == 0 ? 1_000L * random.nextInt(5) : resources.getGpuMillis();
        return Resources.newBuilder(resources)
                .setCpuMillis(1_000L * (1 + random.nextInt(9)))
                .setMemMib(1_024L * (1 + random.nextInt(6)))
                .setGpuMillis(gpuMillis)
                .build();
    }

    /** What is done with these offers: much that can be, some that can't. */
    List<OfferOperation> operations(List<Offer> offers, List<String> takenIds) {
        List<OfferOperation> operations = new ArrayList<>();
        String role = offers.isEmpty() || random.nextInt(40) == 0
                ? role()
                : offers.get(0).getRole();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            operations.add(operation(role, offers, takenIds));
        }
        return operations;
    }

    private OfferOperation operation(String role, List<Offer> offers, List<String> takenIds) {
        int kind = random.nextInt(8);
        if (kind < 2) {
            OperationType type = kind == 0 ? OperationType.RESERVE : OperationType.UNRESERVE;
            return new OfferOperation(type, "", List.of(), reservation(role, 500L * (1 + random.nextInt(3))));
        }
        boolean group = kind == 2;
        ExecutorSpec executor = group || random.nextInt(3) == 0 ? executor() : null;
        List<TaskRequest> tasks = new ArrayList<>();
        int count = 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            ExecutorSpec other = group && random.nextInt(20) == 0 ? null : executor;
            tasks.add(task(role, offers, takenIds, other));
        }
        return new OfferOperation(group ? OperationType.LAUNCH_GROUP : OperationType.LAUNCH, "", tasks, null);
    }

    /** Two ids, of which each has one description nearly always; now and then it needs more than is offered. */
    private ExecutorSpec executor() {
        String id = "e" + random.nextInt(2);
        long memMib = random.nextInt(12) == 0 ? 1_024L * random.nextInt(8) : 64;
        return ExecutorSpec.newBuilder()
                .setExecutorId(id)
                .setShell("serve")
                .setResources(Requests.resources(100, memMib))
                .build();
    }

    private TaskRequest task(String role, List<Offer> offers, List<String> takenIds, ExecutorSpec executor) {
        String id = !takenIds.isEmpty() && random.nextInt(30) == 0
                ? takenIds.get(random.nextInt(takenIds.size()))
                : "t" + launched++;
        TaskRequest.Builder task = Requests.task(id)
                .setRole(random.nextInt(60) == 0 ? role() : role)
                .setPriority(10 * random.nextInt(5))
                .setResources(resources(offers))
                .setPortCount(random.nextInt(5) == 0 ? 1 + random.nextInt(2) : 0)
                .setUnreachablePolicy(new UnreachablePolicy(
                        random.nextInt(8) == 0 ? UnreachableAction.WAIT : UnreachableAction.REPLACE,
                        1_000L * random.nextInt(20)));
        if (executor != null) {
            task.setShell(null).setExecutor(executor);
        }
        return task.build();
    }

    /** Mostly a part of what is offered. */
    private Resources resources(List<Offer> offers) {
        if (offers.isEmpty() || random.nextInt(5) == 0) {
            return need(1 + random.nextInt(2));
        }
        Resources offered = offers.get(0).getResources();
        if (random.nextInt(12) == 0) {
            return offered;
        }
        int part = 2 + random.nextInt(3);
        Resources.Builder some = Resources.newBuilder(
                Requests.resources(offered.getCpuMillis() / part, Math.max(1, offered.getMemMib() / part)));
        if (offered.getGpuMillis() > 0 && random.nextBoolean()) {
            some.setGpuMillis(random.nextBoolean() ? Math.min(1_000, offered.getGpuMillis()) : 300);
        }
        if (!offered.getScalars().isEmpty()) {
            some.setScalars(List.of(new ScalarQuantity("licences", 500L)));
        }
        if (!offered.getPorts().isEmpty() && random.nextBoolean()) {
            PortRange first = offered.getPorts().get(0);
            some.setPorts(List.of(new PortRange(first.getLast(), first.getLast())));
        }
        return some.build();
    }
}
