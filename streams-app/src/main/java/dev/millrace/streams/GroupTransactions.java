package dev.millrace.streams;

import java.util.List;
import java.util.Set;

/** What the brokers say of the transactions and the members of a group, and what can be done about the former. */
interface GroupTransactions {
    /**
     * Transactions that are open.
     *
     * @param transactionalIds whose they are
     * @param unanswered which brokers did not say which ones they have, and why, in words
     */
    record Open(Set<String> transactionalIds, List<String> unanswered) {
        public Open {
            transactionalIds = Set.copyOf(transactionalIds);
            unanswered = List.copyOf(unanswered);
        }
    }

    /**
     * A member of the group, which is a stream thread.
     *
     * @param instanceId the name that it keeps when it is started again, which is its instance's with its number; empty if it has none
     * @param clientId the client that joined first under that name. If another one has joined under it since, before the session was over, it still
     *     stands here
     */
    record Member(String instanceId, String clientId) {}

    /** That something could not be learned or done for now. */
    final class UnansweredException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String message;

        UnansweredException(String what, Throwable cause) {
            super(cause);
            message = what + ": " + cause;
        }

        @Override
        public String getMessage() {
            return message;
        }
    }

    /** All transactions that are open, not those of the group alone. */
    Open open() throws UnansweredException, InterruptedException;

    /** The group's members. */
    List<Member> members() throws UnansweredException, InterruptedException;

    /**
     * Aborts the open transaction of each of these, and lets whoever wrote it write nothing more.
     *
     * @return with whom that did not succeed, and why, in words
     */
    List<String> fence(Set<String> transactionalIds) throws InterruptedException;
}
