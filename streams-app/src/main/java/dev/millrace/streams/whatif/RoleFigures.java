package dev.millrace.streams.whatif;

/**
 * What became of one role's own tasks, without those of the roles below it.
 *
 * @param role the role
 * @param submitted tasks that were accepted within the period
 * @param started attempts that were placed
 * @param ended tasks that were over
 * @param stillWaiting tasks that were ready to be placed at the end and were not
 * @param waits how long they waited, those that still did included
 * @param preemptions attempts that had to give way
 * @param share the mean over time of its dominant share, from 0 to 1
 */
public record RoleFigures(
        String role,
        long submitted,
        long started,
        long ended,
        long stillWaiting,
        WaitFigures waits,
        long preemptions,
        double share) {}
