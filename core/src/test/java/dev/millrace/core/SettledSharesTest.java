package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Compares the shares that a pool under constant load settles at with those that tasks without size would have: every busy node of the tree
 * is filled at the speed of its weight until a resource runs out. All tasks need one core, which is what runs out, so that what one leaves
 * free is room for any other; what is dominant for a role may be memory all the same. The number of seeds is {@code millrace.shares.seeds}.
 */
class SettledSharesTest {
    private static final int AGENTS = 4;
    private static final long CPU_MILLIS = 300_000;
    private static final int QUEUED = 4;
    private static final int TURNOVERS = 4;

    /** A role of the tree as the test knows it. */
    private static final class Node {
        final String name;
        final int weightMilli;
        final List<Node> below = new ArrayList<>();
        /** What a task of its own needs; 0 = it has none. */
        long taskCpuMillis;

        long taskMemMib;
        double cpus;
        double memory;

        Node(String name, int weightMilli) {
            this.name = name;
            this.weightMilli = weightMilli;
        }

        /** The share of the largest task of it and those below it. */
        double largestTask(double totalCpus, double totalMemory) {
            double largest = Math.max(taskCpuMillis / totalCpus, taskMemMib / totalMemory);
            for (Node node : below) {
                largest = Math.max(largest, node.largestTask(totalCpus, totalMemory));
            }
            return largest;
        }

        double share(double totalCpus, double totalMemory) {
            return Math.max(cpus / totalCpus, memory / totalMemory);
        }
    }

    private final Cluster cluster = new Cluster();
    private int submitted;

    @Test
    void settlesAtTheSharesOfTheFluidSolution() {
        Seeds.each(SettledSharesTest.class, "millrace.shares.seeds", 3, random -> new SettledSharesTest().run(random));
    }

    private void run(Random random) {
        cluster.forgetsMessages();
        List<Node> leaves = new ArrayList<>();
        Node root = tree(random, leaves);
        long agentMemMib = CPU_MILLIS / 2;
        while (!isFilledWithMemoryToSpare(root, AGENTS * (double) CPU_MILLIS, AGENTS * (double) agentMemMib)) {
            agentMemMib += CPU_MILLIS / 2;
        }
        for (int i = 0; i < AGENTS; i++) {
            cluster.agent("a" + i, CPU_MILLIS, agentMemMib);
        }

        // The first come have all there is, until the others come.
        int early = 1 + random.nextInt(leaves.size());
        leaves.subList(0, early).forEach(this::keepBusy);
        churn(random, leaves.subList(0, early), cluster.placed().size());
        churn(random, leaves, TURNOVERS * cluster.placed().size());

        check(root, AGENTS * (double) CPU_MILLIS, AGENTS * (double) agentMemMib);
    }

    private Node tree(Random random, List<Node> leaves) {
        Node root = new Node("", Role.NORMAL_WEIGHT);
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            Node top = node(random, root, "r" + i);
            int children = random.nextInt(3);
            for (int j = 0; j < children; j++) {
                Node middle = node(random, top, top.name + "/m" + j);
                int grandchildren = random.nextInt(3);
                for (int k = 0; k < grandchildren; k++) {
                    busy(random, node(random, middle, middle.name + "/l" + k), leaves);
                }
                if (grandchildren == 0) {
                    busy(random, middle, leaves);
                }
            }
            if (children == 0) {
                busy(random, top, leaves);
            } else if (random.nextInt(3) == 0) {
                Node own = new Node(top.name, Role.NORMAL_WEIGHT);
                top.below.add(own);
                busy(random, own, leaves);
            }
        }
        return root;
    }

    private Node node(Random random, Node above, String name) {
        int weightMilli = 500 * (1 + random.nextInt(6));
        Node node = new Node(name, weightMilli);
        above.below.add(node);
        cluster.on(Cluster.role(name).setWeightMilli(weightMilli).build());
        return node;
    }

    private static void busy(Random random, Node node, List<Node> leaves) {
        node.taskCpuMillis = 1_000;
        node.taskMemMib = 500L * (1 + random.nextInt(8));
        leaves.add(node);
    }

    private void keepBusy(Node leaf) {
        Role role = cluster.pool().roles.role(leaf.name);
        while (role == null || role.own == null || role.own.queued < QUEUED) {
            cluster.on(Cluster.task("t" + submitted++, leaf.name, leaf.taskCpuMillis, leaf.taskMemMib)
                    .build());
            role = cluster.pool().roles.role(leaf.name);
        }
    }

    private void churn(Random random, List<Node> busy, int ends) {
        for (int i = 0; i < ends; i++) {
            busy.forEach(this::keepBusy);
            String from = "t" + random.nextInt(submitted);
            String id = cluster.placed().ceilingKey(from);
            cluster.ends(id == null ? cluster.placed().firstKey() : id, TASK_FINISHED);
            if (i % 4 == 0) {
                cluster.tick();
            }
        }
    }

    /** Progressive filling in small steps. True = the cores ran out, and of the memory a tenth is left. */
    private static boolean isFilledWithMemoryToSpare(Node root, double cpus, double memory) {
        empty(root);
        while (root.cpus < cpus && root.memory < memory) {
            List<Node> path = new ArrayList<>(List.of(root));
            Node node = root;
            while (!node.below.isEmpty()) {
                Node least = node.below.get(0);
                for (Node child : node.below) {
                    if (child.share(cpus, memory) / child.weightMilli < least.share(cpus, memory) / least.weightMilli) {
                        least = child;
                    }
                }
                node = least;
                path.add(node);
            }
            double step = 0.1;
            for (Node at : path) {
                at.cpus += step * node.taskCpuMillis;
                at.memory += step * node.taskMemMib;
            }
        }
        return root.memory < 0.9 * memory;
    }

    private static void empty(Node node) {
        node.cpus = 0;
        node.memory = 0;
        node.below.forEach(SettledSharesTest::empty);
    }

    private void check(Node node, double cpus, double memory) {
        for (Node child : node.below) {
            boolean own = child.name.equals(node.name);
            Role role = cluster.pool().roles.ensure(child.name);
            Role known = own && role.own != null ? role.own : role;
            double share = Math.max(known.allocated.cpuMillis / cpus, known.allocated.memMib / memory);
            double expected = child.share(cpus, memory);
            // A task can't be divided.
            double oneTask = child.largestTask(cpus, memory);

            assertThat(share)
                    .as("share of %s%s", child.name, own ? "'s own tasks" : "")
                    .isCloseTo(expected, within(0.05 * expected + oneTask));
            check(child, cpus, memory);
        }
    }
}
