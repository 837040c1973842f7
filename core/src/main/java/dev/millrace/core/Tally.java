package dev.millrace.core;

import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A running sum of amounts. Unlike an {@link Amount} it takes up every custom resource that is added. Mutable; owned by the stream thread.
 */
final class Tally {
    long cpuMillis;
    long memMib;
    long diskMib;
    long gpuMillis;
    /** Custom resources by name; sorted, and never taken out again. */
    private String[] names = new String[0];

    private long[] millis = new long[0];

    void add(Amount amount) {
        change(amount, 1);
    }

    void subtract(Amount amount) {
        change(amount, -1);
    }

    void add(Tally other, int sign) {
        cpuMillis += sign * other.cpuMillis;
        memMib += sign * other.memMib;
        diskMib += sign * other.diskMib;
        gpuMillis += sign * other.gpuMillis;
        for (int i = 0; i < other.names.length; i++) {
            int at = index(other.names[i]);
            millis[at] += sign * other.millis[i];
        }
    }

    Tally copy() {
        Tally copy = new Tally();
        copy.add(this, 1);
        return copy;
    }

    /** How much there is of a custom resource. */
    long scalar(String name) {
        int at = Arrays.binarySearch(names, name);
        return at < 0 ? 0 : millis[at];
    }

    int scalars() {
        return names.length;
    }

    String scalarName(int index) {
        return names[index];
    }

    long scalarMilli(int index) {
        return millis[index];
    }

    boolean isZero() {
        boolean zero = cpuMillis == 0 && memMib == 0 && diskMib == 0 && gpuMillis == 0;
        for (int i = 0; zero && i < millis.length; i++) {
            zero = millis[i] == 0;
        }
        return zero;
    }

    /** As a record, without ports and without the custom resources of which there is nothing. */
    Resources toResources() {
        List<ScalarQuantity> scalars = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            if (millis[i] != 0) {
                scalars.add(new ScalarQuantity(names[i], millis[i]));
            }
        }
        return new Resources(cpuMillis, memMib, diskMib, gpuMillis, List.of(), scalars);
    }

    private void change(Amount by, int sign) {
        cpuMillis += sign * by.cpuMillis;
        memMib += sign * by.memMib;
        diskMib += sign * by.diskMib;
        gpuMillis += sign * by.gpuMillis;
        for (int i = 0; i < by.scalarCount(); i++) {
            // Not in one statement: the array may be another one once there is a place for the name.
            int at = index(by.scalarName(i));
            millis[at] += sign * by.scalarMilli(i);
        }
    }

    private int index(String name) {
        int at = Arrays.binarySearch(names, name);
        if (at >= 0) {
            return at;
        }
        int place = -at - 1;
        names = Arrays.copyOf(names, names.length + 1);
        millis = Arrays.copyOf(millis, millis.length + 1);
        System.arraycopy(names, place, names, place + 1, names.length - 1 - place);
        System.arraycopy(millis, place, millis, place + 1, millis.length - 1 - place);
        names[place] = name;
        millis[place] = 0;
        return place;
    }
}
