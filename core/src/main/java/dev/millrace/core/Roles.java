package dev.millrace.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tree of roles: what each has, who is served next, and what keeps whom from having more. Siblings are served in the order of their
 * weighted dominant shares, at each level of the tree (the hierarchical sorter of Mesos; dominant resource fairness of Ghodsi et al.).
 * A role that nobody configured exists while it has tasks or a role below it exists. Mutable; owned by the stream thread.
 */
final class Roles {
    final Role root = new Role("", null);
    private final TreeMap<String, Role> roles = new TreeMap<>();
    private final CapacityIndex capacity;
    /** The version of the pool's total that the shares were reckoned with. */
    private long reckonedVersion = -1;

    Roles(CapacityIndex capacity) {
        this.capacity = capacity;
    }

    /** The name of the role above the one of that name; empty = it is at the top. */
    static String above(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('/')));
    }

    /** The role, if it exists. */
    @Nullable
    Role role(String name) {
        return roles.get(name);
    }

    /** The role, which exists from now on, and so do those above it. */
    Role ensure(String name) {
        Role known = roles.get(name);
        if (known != null) {
            return known;
        }
        String above = above(name);
        Role parent = above.isEmpty() ? root : ensure(above);
        Role role = new Role(name, parent);
        parent.children.put(name, role);
        roles.put(name, role);
        return role;
    }

    /** Where the role's own tasks are queued. */
    Role leaf(String name) {
        Role role = ensure(name);
        if (role.own == null) {
            role.own = Role.leafOf(role, "");
        }
        return role.own;
    }

    /** Where a framework is served in a role and its tasks there are counted; for no framework, the role's queue. */
    Role leaf(String name, String framework) {
        if (framework.isEmpty()) {
            return leaf(name);
        }
        Role role = ensure(name);
        return role.frameworks.computeIfAbsent(framework, f -> Role.leafOf(role, f));
    }

    /** All roles, parents before their children. */
    Collection<Role> all() {
        return roles.values();
    }

    /** Takes roles away that nothing keeps: the role and those above it. */
    void forgetIfIdle(Role role) {
        if (role.leaf && role.parent != null && !role.framework.isEmpty()) {
            if (role.tasks > 0 || role.executors > 0 || role.subscription != null) {
                return;
            }
            role.parent.frameworks.remove(role.framework);
        }
        Role at = role.leaf ? role.parent : role;
        while (at != null
                && at.parent != null
                && !at.configured
                && at.tasks == 0
                && at.children.isEmpty()
                && at.frameworks.isEmpty()) {
            at.parent.children.remove(at.name);
            roles.remove(at.name);
            at = at.parent;
        }
    }

    // What they have

    void count(Role leaf, int tasks, int queued) {
        for (Role role = leaf; role != null; role = role.parent) {
            role.tasks += tasks;
            role.queued += queued;
        }
    }

    /** A task came to be on an agent (1), or is no longer (-1). */
    void charge(Role leaf, Amount need, int sign) {
        for (Role role = leaf; role != null; role = role.parent) {
            change(role.allocated, need, sign);
            role.placed += sign;
            shareChanged(role);
        }
    }

    /** An executor came to be on an agent (1), or is no longer (-1). */
    void chargeExecutor(Role leaf, Amount need, int sign) {
        leaf.executors += sign;
        for (Role role = leaf; role != null; role = role.parent) {
            change(role.allocated, need, sign);
            shareChanged(role);
        }
    }

    /** Something is offered (1), or no longer (-1). */
    void offer(Role leaf, Amount amount, int sign) {
        for (Role role = leaf; role != null; role = role.parent) {
            change(role.offered, amount, sign);
        }
        hold(leaf, amount, sign);
    }

    /** Whether a role with a limit is above both, or is the one itself. */
    boolean shareALimit(Role one, Role leaf) {
        for (Role role = one; role != null; role = role.parent) {
            if (role.limit != null && isAbove(role, leaf)) {
                return true;
            }
        }
        // The limit itself may just have gone.
        return one.limit == null && !one.leaf && isAbove(one, leaf);
    }

    private static boolean isAbove(Role role, Role leaf) {
        for (Role at = leaf; at != null; at = at.parent) {
            if (at == role) {
                return true;
            }
        }
        return false;
    }

    /** Takes off the amount what would be more than a role, from the leaf up, may have. */
    void cap(Role leaf, Amount amount) {
        for (Role role = leaf.parent; role != null; role = role.parent) {
            if (role.limit != null) {
                role.limit.cap(used(role, null), amount);
            }
        }
    }

    /** Whether a leaf would be served before another if nothing were offered in either's roles. */
    boolean claimsBefore(Role leaf, Role other) {
        Role a = leaf;
        Role b = other;
        while (a.depth > b.depth && a.parent != null) {
            a = a.parent;
        }
        while (b.depth > a.depth && b.parent != null) {
            b = b.parent;
        }
        while (a.parent != b.parent && a.parent != null && b.parent != null) {
            a = a.parent;
            b = b.parent;
        }
        return a != b && Role.claimsBefore(a, b, capacity.total());
    }

    /** An agent keeps something for a waiting task (1), or no longer (-1). */
    void hold(Role leaf, Amount need, int sign) {
        for (Role role = leaf; role != null; role = role.parent) {
            change(role.held, need, sign);
            shareChanged(role);
        }
    }

    /** A task is being killed (1), or no longer (-1). */
    void leave(Role leaf, Amount need, int sign) {
        for (Role role = leaf; role != null; role = role.parent) {
            change(role.leaving, need, sign);
        }
    }

    /** A role's weight or guarantee has changed. */
    void reconfigured(Role role) {
        shareChanged(role);
    }

    // The order

    /** The leaf that is served next among those that may have something to place, or be offered something; null = there is none. */
    @Nullable
    Role firstLeaf() {
        reckonAll();
        Role role = root;
        while (!role.leaf) {
            Role next = role.next();
            if (next == null) {
                return null;
            }
            role = next;
        }
        return role;
    }

    /** The classes of a leaf that may have room have changed. */
    void readyChanged(Role leaf) {
        Role role = leaf;
        while (role.parent != null && role.hasReady() != role.isInHeap()) {
            if (role.isInHeap()) {
                role.parent.drop(role);
            } else {
                role.parent.push(role);
            }
            role = role.parent;
        }
    }

    /** The leaves that have tasks in the queue, in the order in which they would be served if everything had room. */
    List<Role> leavesInOrder() {
        reckonAll();
        List<Role> leaves = new ArrayList<>();
        addInOrder(root, leaves);
        return leaves;
    }

    /** The classes in order, without the first ones, at most so many; whatever is known of their chances, which a restart forgets. */
    static List<RequestClass> waiting(List<Role> leaves, long skipped, int most) {
        List<RequestClass> classes = new ArrayList<>(most);
        long toSkip = skipped;
        for (Role leaf : leaves) {
            int size = leaf.ready.size() + leaf.stalled.size();
            if (toSkip >= size) {
                toSkip -= size;
                continue;
            }
            for (RequestClass requestClass : inOrder(leaf)) {
                if (classes.size() == most) {
                    return classes;
                }
                if (toSkip-- <= 0) {
                    classes.add(requestClass);
                }
            }
        }
        return classes;
    }

    private static Collection<RequestClass> inOrder(Role leaf) {
        if (leaf.ready.isEmpty()) {
            return leaf.stalled;
        }
        TreeSet<RequestClass> all = new TreeSet<>(RequestClass.BY_HEAD);
        all.addAll(leaf.ready);
        all.addAll(leaf.stalled);
        return all;
    }

    /** The lowest role whose limit doesn't allow the first task of the class; null = all do. */
    @Nullable
    Role limiting(RequestClass requestClass) {
        boolean held = requestClass.waiting.first().hold != null;
        return limiting(requestClass.leaf, requestClass.need, held ? requestClass.need : null);
    }

    /** The lowest role, from the leaf up, whose limit doesn't allow so much more; null = all do. What is kept for others counts. */
    @Nullable
    Role limiting(Role leaf, Amount need, @Nullable Amount ownHold) {
        for (Role role = leaf.parent; role != null; role = role.parent) {
            if (role.limit != null && !role.limit.admits(used(role, ownHold), need)) {
                return role;
            }
        }
        return null;
    }

    private static Tally used(Role role, @Nullable Amount ownHold) {
        if (role.held.isZero()) {
            return role.allocated;
        }
        Tally used = role.allocated.copy();
        used.add(role.held, 1);
        if (ownHold != null) {
            used.subtract(ownHold);
        }
        return used;
    }

    private static void addInOrder(Role role, List<Role> leaves) {
        if (role.leaf) {
            if (!role.ready.isEmpty() || !role.stalled.isEmpty()) {
                leaves.add(role);
            }
            return;
        }
        List<Role> children = new ArrayList<>(role.children.values());
        if (role.own != null) {
            children.add(role.own);
        }
        children.sort(Role::inOrder);
        for (Role child : children) {
            if (child.queued > 0) {
                addInOrder(child, leaves);
            }
        }
    }

    private static void change(Tally tally, Amount need, int sign) {
        if (sign > 0) {
            tally.add(need);
        } else {
            tally.subtract(need);
        }
    }

    private void shareChanged(Role role) {
        if (reckonedVersion != capacity.totalVersion()) {
            return;
        }
        role.reckonShare(capacity.total());
        if (role.isInHeap() && role.parent != null) {
            role.parent.moved(role);
        }
    }

    /** Reckons all shares anew if what the pool has in all has changed. */
    void reckonAll() {
        if (reckonedVersion == capacity.totalVersion()) {
            return;
        }
        reckonedVersion = capacity.totalVersion();
        reckon(root);
    }

    private void reckon(Role role) {
        role.reckonShare(capacity.total());
        for (Role child : role.children.values()) {
            reckon(child);
        }
        if (role.own != null) {
            reckon(role.own);
        }
        for (Role framework : role.frameworks.values()) {
            framework.reckonShare(capacity.total());
        }
        role.reorder();
    }
}
