package dev.millrace.core;

import dev.millrace.state.SavedRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A node of the tree of roles. The tasks of a role are queued at a leaf of its own, beside the roles below it, so that a role's own tasks
 * compete with those of its children (like the virtual leaf of Mesos' hierarchical sorter). Each node knows what it and those below it
 * have, and keeps the children that have something to place in a heap: the one that is to be served next on top. Mutable through
 * {@link Roles} only; owned by the stream thread.
 */
final class Role {
    static final int NORMAL_WEIGHT = 1_000;
    static final int UNBOUNDED = -1;
    private static final int NOT_IN_HEAP = -1;
    private static final Tally NOTHING = new Tally();

    /** The role's name; empty for the root. A leaf bears the name of its role. */
    final String name;

    final @Nullable Role parent;
    final boolean leaf;
    /** At a leaf: the framework whose tasks are counted here; empty = it is the role's queue. */
    final String framework;

    final int depth;

    final TreeMap<String, Role> children = new TreeMap<>();

    @Nullable
    Role own;

    /** The leaves of the frameworks that have something to do with the role, by framework. */
    final TreeMap<String, Role> frameworks = new TreeMap<>();
    /** At a framework's leaf: what it wants to be offered; null = it has only tasks here. */
    @Nullable
    Subscription subscription;
    /** At a framework's leaf: how many executors are charged to it. */
    int executors;

    // What somebody configured
    boolean configured;
    int weightMilli = NORMAL_WEIGHT;

    @Nullable
    Bound guarantee;

    @Nullable
    Bound limit;

    int maxQueued = UNBOUNDED;
    int maxRequestsPerSecond = UNBOUNDED;
    long guaranteedSinceMs;
    long requestMillisLeft;
    long requestsReckonedMs;
    /** True = it is in the list of what the step changed. */
    boolean touched;

    // What it has, with those below it
    final Tally allocated = new Tally();
    /** What agents keep for its waiting tasks, and what is offered in it. */
    final Tally held = new Tally();
    /** What is offered in it; part of held. */
    final Tally offered = new Tally();
    /** What those of its tasks have that are being killed; part of allocated. */
    final Tally leaving = new Tally();

    /** Tasks that are not over. */
    long tasks;
    /** Of them, those that are queued, for whatever. */
    long queued;
    /** Of them, those that are on agents. */
    long placed;

    private final DominantShare share = new DominantShare();
    private boolean belowGuarantee;

    // The queue
    /** At a leaf: the classes that may have room, the first in order first. */
    final TreeSet<RequestClass> ready = new TreeSet<>(RequestClass.BY_HEAD);
    /** At a leaf: the classes that wait for something. */
    final TreeSet<RequestClass> stalled = new TreeSet<>(RequestClass.BY_HEAD);
    /** The classes that wait until it has less, because of its limit. */
    final TreeSet<RequestClass> limited = new TreeSet<>(Comparator.comparing((RequestClass c) -> c.text));

    private final List<Role> heap = new ArrayList<>(0);
    private int heapIndex = NOT_IN_HEAP;

    Role(String name, @Nullable Role parent) {
        this(name, parent, false, "");
    }

    /** A leaf: the queue of the role, or one of its frameworks. */
    static Role leafOf(Role role, String framework) {
        return new Role(role.name, role, true, framework);
    }

    private Role(String name, @Nullable Role parent, boolean leaf, String framework) {
        this.name = name;
        this.parent = parent;
        this.leaf = leaf;
        this.framework = framework;
        this.depth = parent == null ? 0 : parent.depth + 1;
    }

    /** Reckons the dominant share anew. */
    void reckonShare(Tally total) {
        share.reckon(allocated, held, total);
        belowGuarantee = guarantee != null && !guarantee.isReached(charged());
    }

    /**
     * Whether this one would be served before its sibling if nothing were offered in either, because it has less than its guarantee or the smaller
     * weighted share. Two that are equal in this have the same claim.
     */
    static boolean claimsBefore(Role a, Role b, Tally total) {
        Tally aCharged = a.chargedWithoutOffers();
        Tally bCharged = b.chargedWithoutOffers();
        boolean aBelow = a.guarantee != null && !a.guarantee.isReached(aCharged);
        boolean bBelow = b.guarantee != null && !b.guarantee.isReached(bCharged);
        if (aBelow != bBelow) {
            return aBelow;
        }
        DominantShare aShare = new DominantShare();
        DominantShare bShare = new DominantShare();
        aShare.reckon(aCharged, NOTHING, total);
        bShare.reckon(bCharged, NOTHING, total);
        return DominantShare.compare(aShare, a.weightMilli, bShare, b.weightMilli) < 0;
    }

    /** The role that a leaf is the queue of. */
    Role role() {
        return leaf && parent != null ? parent : this;
    }

    /** What it has and what is kept for it. */
    private Tally charged() {
        if (held.isZero()) {
            return allocated;
        }
        Tally charged = allocated.copy();
        charged.add(held, 1);
        return charged;
    }

    private Tally chargedWithoutOffers() {
        Tally charged = allocated.copy();
        charged.add(held, 1);
        charged.add(offered, -1);
        return charged;
    }

    /** The dominant share in millionths; more than a million if it has more than the active agents. */
    long shareMicros() {
        return share.micros();
    }

    /** Which of two siblings is served first: one that has less than its guarantee, then the one of smaller weighted share. */
    static int inOrder(Role a, Role b) {
        if (a.belowGuarantee != b.belowGuarantee) {
            return a.belowGuarantee ? -1 : 1;
        }
        int byShare = DominantShare.compare(a.share, a.weightMilli, b.share, b.weightMilli);
        if (byShare != 0) {
            return byShare;
        }
        int byName = a.name.compareTo(b.name);
        if (byName != 0) {
            return byName;
        }
        int byLeaf = Boolean.compare(b.leaf, a.leaf);
        return byLeaf != 0 ? byLeaf : a.framework.compareTo(b.framework);
    }

    /** The child that is served next; null = none has anything to place. */
    @Nullable
    Role next() {
        return heap.isEmpty() ? null : heap.get(0);
    }

    /** At a leaf: the class whose first task comes first in it, whatever is known of its chances; null = it has none. */
    @Nullable
    RequestClass firstClass() {
        if (ready.isEmpty() || stalled.isEmpty()) {
            return ready.isEmpty() ? (stalled.isEmpty() ? null : stalled.first()) : ready.first();
        }
        return RequestClass.BY_HEAD.compare(ready.first(), stalled.first()) < 0 ? ready.first() : stalled.first();
    }

    boolean hasReady() {
        if (!leaf) {
            return !heap.isEmpty();
        }
        return !ready.isEmpty() || (subscription != null && subscription.mayBeOffered());
    }

    boolean isInHeap() {
        return heapIndex != NOT_IN_HEAP;
    }

    void push(Role child) {
        child.heapIndex = heap.size();
        heap.add(child);
        siftUp(child.heapIndex);
    }

    void drop(Role child) {
        int hole = child.heapIndex;
        child.heapIndex = NOT_IN_HEAP;
        Role last = heap.remove(heap.size() - 1);
        if (last != child) {
            heap.set(hole, last);
            last.heapIndex = hole;
            moved(last);
        }
    }

    /** The child's place in the order may have changed. */
    void moved(Role child) {
        siftDown(siftUp(child.heapIndex));
    }

    /** The places of all children may have changed. */
    void reorder() {
        for (int i = heap.size() / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    private int siftUp(int from) {
        Role role = heap.get(from);
        int at = from;
        while (at > 0) {
            int above = (at - 1) / 2;
            if (inOrder(heap.get(above), role) <= 0) {
                break;
            }
            place(heap.get(above), at);
            at = above;
        }
        place(role, at);
        return at;
    }

    private void siftDown(int from) {
        Role role = heap.get(from);
        int at = from;
        while (2 * at + 1 < heap.size()) {
            int below = 2 * at + 1;
            if (below + 1 < heap.size() && inOrder(heap.get(below + 1), heap.get(below)) < 0) {
                below++;
            }
            if (inOrder(role, heap.get(below)) <= 0) {
                break;
            }
            place(heap.get(below), at);
            at = below;
        }
        place(role, at);
    }

    private void place(Role role, int at) {
        heap.set(at, role);
        role.heapIndex = at;
    }

    SavedRole save(String pool) {
        return new SavedRole(
                pool,
                name,
                weightMilli,
                guarantee == null ? null : guarantee.quota,
                limit == null ? null : limit.quota,
                maxQueued,
                maxRequestsPerSecond,
                guaranteedSinceMs,
                requestMillisLeft,
                requestsReckonedMs);
    }

    void unconfigure() {
        configured = false;
        weightMilli = NORMAL_WEIGHT;
        guarantee = null;
        limit = null;
        maxQueued = UNBOUNDED;
        maxRequestsPerSecond = UNBOUNDED;
        guaranteedSinceMs = 0;
        requestMillisLeft = 0;
        requestsReckonedMs = 0;
    }

    void configure(SavedRole saved) {
        configured = true;
        weightMilli = saved.getWeightMilli();
        guarantee = Bound.of(saved.getGuarantee());
        limit = Bound.of(saved.getLimit());
        maxQueued = saved.getMaxQueued();
        maxRequestsPerSecond = saved.getMaxRequestsPerSecond();
        guaranteedSinceMs = saved.getGuaranteedSinceMs();
        requestMillisLeft = saved.getRequestMillisLeft();
        requestsReckonedMs = saved.getRequestsReckonedMs();
    }
}
