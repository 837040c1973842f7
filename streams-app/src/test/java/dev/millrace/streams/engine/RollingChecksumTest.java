package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RollingChecksumTest {
    private static final byte[] A = {1, 2, 3};
    private static final byte[] B = {4};

    @Test
    void goesOnFromWhereItWas() {
        RollingChecksum whole = new RollingChecksum(0);
        whole.add(1, 0, A, B);
        long halfway = whole.value();
        whole.add(2, 3, B, A);

        RollingChecksum rest = new RollingChecksum(halfway);
        rest.add(2, 3, B, A);

        assertThat(rest.value()).isEqualTo(whole.value());
    }

    @Test
    void differsByEverythingThatIsAdded() {
        assertThat(new long[] {
                    of(1, 0, A, B),
                    of(2, 0, A, B),
                    of(1, 1, A, B),
                    of(1, 0, B, A),
                    of(1, 0, A, A),
                    of(1, 0, A, new byte[0]),
                    of(1, 0, A, null),
                    0
                })
                .doesNotHaveDuplicates();
    }

    @Test
    void differsByTheOrder() {
        RollingChecksum one = new RollingChecksum(0);
        one.add(1, 0, A, B);
        one.add(1, 0, B, A);
        RollingChecksum other = new RollingChecksum(0);
        other.add(1, 0, B, A);
        other.add(1, 0, A, B);

        assertThat(one.value()).isNotEqualTo(other.value());
    }

    /** A journal holds these numbers, so they can't change without making all journals unverifiable. */
    @Test
    void isTheSameForEver() {
        assertThat(of(RollingChecksum.stream(new byte[] {'x'}), 7, A, B)).isEqualTo(-2159550851083210763L);
    }

    private static long of(int stream, int partition, byte[] key, byte[] value) {
        RollingChecksum checksum = new RollingChecksum(0);
        checksum.add(stream, partition, key, value);
        return checksum.value();
    }
}
