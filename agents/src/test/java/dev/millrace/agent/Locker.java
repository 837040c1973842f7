package dev.millrace.agent;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process that tries to lock a file, says whether it was free, and may hold it until it is killed. */
final class Locker {
    private Locker() {}

    /** Takes the file, and {@code wait} or {@code go}. */
    public static void main(String[] args) throws Exception {
        try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
            System.out.println(file.tryLock() == null ? "held" : "free");
            if (args[1].equals("wait")) {
                Thread.currentThread().join();
            }
        }
    }
}
