package dev.millrace.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agent's GPU devices, numbered from 0, and how many thousandths of each are free. A need of less than a device lies on one device; any
 * other is whole devices. Mutable; owned by the stream thread.
 */
final class Devices {
    static final int DEVICE_MILLIS = 1_000;

    private final int[] freeMillis;
    private int largestFreeMillis;
    private int whollyFree;
    private long totalFreeMillis;

    /** All devices of an agent that has so many thousandths, none of them in use. */
    Devices(long gpuMillis) {
        freeMillis = new int[Math.toIntExact(gpuMillis / DEVICE_MILLIS)];
        Arrays.fill(freeMillis, DEVICE_MILLIS);
        measure();
    }

    /** So many devices, of which nothing is free. */
    static Devices inUse(int count) {
        return new Devices(new int[count]);
    }

    private Devices(int[] freeMillis) {
        this.freeMillis = freeMillis;
        measure();
    }

    Devices copy() {
        return new Devices(freeMillis.clone());
    }

    /** Whether so much is free on one device, or on whole devices if it is a device or more. */
    boolean fit(long gpuMillis) {
        return gpuMillis < DEVICE_MILLIS ? gpuMillis <= largestFreeMillis : wholeDevices(gpuMillis) <= whollyFree;
    }

    /** How many there are. */
    int count() {
        return freeMillis.length;
    }

    /** How much is free on that one. */
    int freeMillis(int device) {
        return freeMillis[device];
    }

    /** How much is free on all of them together. */
    long freeMillis() {
        return totalFreeMillis;
    }

    /** How much is free on the device that has most. */
    int largestFreeMillis() {
        return largestFreeMillis;
    }

    /** How many devices nobody uses. */
    int whollyFree() {
        return whollyFree;
    }

    /** How many whole devices it takes. */
    static long wholeDevices(long gpuMillis) {
        return (gpuMillis + DEVICE_MILLIS - 1) / DEVICE_MILLIS;
    }

    /**
     * The devices for a need: for a part of a device the one that the rule chooses, or without a rule the one with the least that is enough;
     * for whole ones the first by number. Where there is not enough, the one with the most, or the whole ones that there are.
     */
    List<Integer> choose(long gpuMillis, @Nullable FragmentationScore rule) {
        if (gpuMillis <= 0 || freeMillis.length == 0) {
            return List.of();
        }
        if (gpuMillis < DEVICE_MILLIS) {
            int millis = (int) Math.min(gpuMillis, largestFreeMillis);
            return millis > 0 ? List.of(rule == null ? tightest(millis) : rule.choose(this, millis)) : List.of();
        }
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < freeMillis.length && chosen.size() < wholeDevices(gpuMillis); i++) {
            if (freeMillis[i] == DEVICE_MILLIS) {
                chosen.add(i);
            }
        }
        return chosen;
    }

    /** Notes that these devices are in use: one of them by that much, several of them wholly. */
    void take(List<Integer> devices, long gpuMillis) {
        change(devices, gpuMillis, -1);
    }

    /** Undoes {@link #take}. */
    void give(List<Integer> devices, long gpuMillis) {
        change(devices, gpuMillis, 1);
    }

    @Override
    public String toString() {
        return Arrays.toString(freeMillis);
    }

    private void change(List<Integer> devices, long gpuMillis, int sign) {
        if (devices.isEmpty()) {
            return;
        }
        int each = devices.size() > 1 ? DEVICE_MILLIS : (int) Math.min(gpuMillis, DEVICE_MILLIS);
        for (int device : devices) {
            // What an attempt got from a larger number of devices, which the agent had once, is on none of these.
            if (device < freeMillis.length) {
                freeMillis[device] += sign * each;
            }
        }
        measure();
    }

    private int tightest(int millis) {
        int best = -1;
        for (int i = 0; i < freeMillis.length; i++) {
            if (freeMillis[i] >= millis && (best < 0 || freeMillis[i] < freeMillis[best])) {
                best = i;
            }
        }
        return best;
    }

    private void measure() {
        largestFreeMillis = 0;
        whollyFree = 0;
        totalFreeMillis = 0;
        for (int millis : freeMillis) {
            largestFreeMillis = Math.max(largestFreeMillis, millis);
            totalFreeMillis += millis;
            whollyFree += millis == DEVICE_MILLIS ? 1 : 0;
        }
    }
}
