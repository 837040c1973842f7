package dev.millrace.client;

import java.time.Instant;

/** Where a reader of a stream begins. */
public sealed interface Start permits Start.Beginning, Start.End, Start.At, Start.Since, Start.Committed {
    /** The oldest record that is kept. */
    static Start beginning() {
        return new Beginning();
    }

    /** After the last record that is committed when the reader is made. */
    static Start end() {
        return new End();
    }

    /**
     * A position that a reader of the same partition gave earlier; where records before a later one are no longer kept, that one. Beyond
     * the end a reader refuses to begin, for then the topic is not the one that the position was given in.
     *
     * @param position 0 or more
     */
    static Start at(long position) {
        return new At(position);
    }

    /** The first record that a broker took at that time or later. */
    static Start since(Instant time) {
        return new Since(time);
    }

    /**
     * Where readers of that consumer group have got to, as far as they committed it; where none has, the end, which is then committed, so that
     * others begin there too.
     */
    static Start committed(String group) {
        return new Committed(group);
    }

    /** See {@link Start#beginning}. */
    record Beginning() implements Start {}

    /** See {@link Start#end}. */
    record End() implements Start {}

    /** See {@link Start#at}. */
    record At(long position) implements Start {
        public At {
            if (position < 0) {
                throw new IllegalArgumentException("position is " + position + ": must be 0 or more");
            }
        }
    }

    /** See {@link Start#since}. */
    record Since(Instant time) implements Start {}

    /** See {@link Start#committed}. */
    record Committed(String group) implements Start {}
}
