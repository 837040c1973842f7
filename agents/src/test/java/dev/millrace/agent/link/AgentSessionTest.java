package dev.millrace.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskRequest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AgentSessionTest {
    private static final long INTERVAL_MS = 1_000;
    private static final long LEASE_MS = 5_000;

    private final AgentSession session = new AgentSession(new SplittableRandom(1));
    /** Begins near the overflow of the clock, which may come at any time. */
    private long nowNs = Long.MAX_VALUE - ms(2_000);

    @Test
    void drawsAnIncarnationAndRegistersWhenItIsStarted() {
        SessionAction action = session.start(nowNs);

        assertThat(action).isEqualTo(new SessionAction.Register(session.incarnation()));
        assertThat(session.incarnation()).isNotZero();
        assertThat(session.state()).isEqualTo(AgentSession.State.REGISTERING);
    }

    @Test
    void isStartedOnlyOnce() {
        session.start(nowNs);

        assertThatThrownBy(() -> session.start(nowNs)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void isActiveOnceItsRegistrationIsAccepted() {
        session.start(nowNs);

        assertThat(session.take(accepted(session.incarnation()), nowNs)).isEqualTo(SessionAction.NONE);

        assertThat(session.state()).isEqualTo(AgentSession.State.ACTIVE);
    }

    @Test
    void ignoresTheAcceptanceOfAnEarlierRegistration() {
        session.start(nowNs);
        long earlier = session.incarnation();
        session.messagesMissed(nowNs);

        session.take(accepted(earlier), nowNs);

        assertThat(session.state()).isEqualTo(AgentSession.State.REGISTERING);
    }

    @Test
    void waitsLongerWhenTheSchedulerAnswersAnEarlierRegistration() {
        session.start(nowNs);
        long earlier = session.incarnation();
        acknowledgeLast(earlier);
        after(AgentSession.FIRST_PATIENCE_NS);
        acknowledgeLast(session.incarnation());
        after(AgentSession.FIRST_PATIENCE_NS);

        session.take(accepted(earlier), nowNs);

        assertThat(session.nsUntilTick(nowNs)).isEqualTo(2 * AgentSession.FIRST_PATIENCE_NS);
    }

    @Test
    void registersAnewWithAnotherIncarnationWhenNoAnswerComes() {
        session.start(nowNs);
        long first = session.incarnation();
        acknowledgeLast(first);

        assertThat(after(AgentSession.FIRST_PATIENCE_NS - 1)).isEqualTo(SessionAction.NONE);
        SessionAction action = after(1);

        assertThat(action).isEqualTo(new SessionAction.Register(session.incarnation()));
        assertThat(session.incarnation()).isNotEqualTo(first);
    }

    @Test
    void waitsTwiceAsLongForTheAnswerToEachFurtherRegistration() {
        session.start(nowNs);
        acknowledgeLast(session.incarnation());
        after(AgentSession.FIRST_PATIENCE_NS);
        acknowledgeLast(session.incarnation());

        assertThat(after(2 * AgentSession.FIRST_PATIENCE_NS - 1)).isEqualTo(SessionAction.NONE);
        assertThat(after(1)).isInstanceOf(SessionAction.Register.class);
    }

    @Test
    void neverWaitsLongerThanTheLongestPatience() {
        session.start(nowNs);
        for (int i = 0; i < 10; i++) {
            acknowledgeLast(session.incarnation());

            assertThat(after(AgentSession.LONGEST_PATIENCE_NS)).isInstanceOf(SessionAction.Register.class);
        }
    }

    @Test
    void sendsNoSecondRegistrationWhileTheFirstIsUnacknowledged() {
        session.start(nowNs);

        assertThat(after(10 * AgentSession.LONGEST_PATIENCE_NS)).isEqualTo(SessionAction.NONE);
        assertThat(session.nsUntilTick(nowNs)).isEqualTo(AgentSession.RECHECK_NS);
    }

    @Test
    void waitsForTheAnswerFromTheAcknowledgementOnAndNotFromTheSend() {
        session.start(nowNs);
        long sentNs = nowNs;
        nowNs += AgentSession.LONGEST_PATIENCE_NS;

        session.acknowledged(session.incarnation(), sentNs, nowNs);

        assertThat(session.nsUntilTick(nowNs)).isEqualTo(AgentSession.FIRST_PATIENCE_NS);
    }

    @Test
    void registersAgainAfterARegistrationThatKafkaRefused() {
        session.start(nowNs);

        session.failed(session.incarnation(), nowNs, nowNs);

        assertThat(after(AgentSession.FIRST_PATIENCE_NS)).isInstanceOf(SessionAction.Register.class);
    }

    @Test
    void sendsItsFirstHeartbeatWithinTheIntervalAndThenOnePerInterval() {
        activate();
        assertThat(session.nsUntilTick(nowNs)).isBetween(0L, ms(INTERVAL_MS));

        assertThat(after(session.nsUntilTick(nowNs))).isEqualTo(new SessionAction.Heartbeat(session.incarnation()));
        acknowledgeLast(session.incarnation());

        assertThat(after(ms(INTERVAL_MS) - 1)).isEqualTo(SessionAction.NONE);
        assertThat(after(1)).isInstanceOf(SessionAction.Heartbeat.class);
    }

    @Test
    void sendsNoSecondHeartbeatWhileTheFirstIsUnacknowledged() {
        activate();
        after(ms(INTERVAL_MS));
        long sentNs = nowNs;

        assertThat(after(ms(10 * INTERVAL_MS))).isEqualTo(SessionAction.NONE);
        session.acknowledged(session.incarnation(), sentNs, nowNs);

        assertThat(session.nsUntilTick(nowNs)).isZero();
        assertThat(after(0)).isInstanceOf(SessionAction.Heartbeat.class);
    }

    @Test
    void takesALateAcknowledgementOfTheRegistrationForThatOfNoHeartbeat() {
        session.start(nowNs);
        long registeredNs = nowNs;
        session.take(accepted(session.incarnation()), nowNs);
        after(ms(INTERVAL_MS));

        session.acknowledged(session.incarnation(), registeredNs, nowNs);

        assertThat(after(ms(10 * INTERVAL_MS))).isEqualTo(SessionAction.NONE);
    }

    @Test
    void sendsAHeartbeatAtOnceWhenTheAcceptanceCameSoLateThatTheLeaseIsNearlyOver() {
        session.start(nowNs);
        nowNs += ms(LEASE_MS);

        session.take(accepted(session.incarnation()), nowNs);

        assertThat(session.leaseValid(nowNs)).isFalse();
        assertThat(after(0)).isInstanceOf(SessionAction.Heartbeat.class);
    }

    @Test
    void adoptsAnIntervalThatAnswersAreRepeatedWith() {
        activate();
        session.take(new AgentAccepted("default", "a", session.incarnation(), 50L, LEASE_MS), nowNs);
        after(ms(INTERVAL_MS));
        acknowledgeLast(session.incarnation());

        assertThat(session.nsUntilTick(nowNs)).isEqualTo(ms(50));
    }

    @Test
    void appliesAShorterIntervalAtOnceCountedFromTheLastHeartbeat() {
        activate();
        after(ms(INTERVAL_MS));
        acknowledgeLast(session.incarnation());
        nowNs += ms(20);

        session.take(new AgentAccepted("default", "a", session.incarnation(), 50L, LEASE_MS), nowNs);

        assertThat(after(ms(30) - 1)).isEqualTo(SessionAction.NONE);
        assertThat(after(1)).isInstanceOf(SessionAction.Heartbeat.class);
    }

    @Test
    void sendsAHeartbeatWithinTheNewIntervalIfThatIsOverSinceTheLastOne() {
        activate();
        after(ms(INTERVAL_MS));
        acknowledgeLast(session.incarnation());
        nowNs += ms(800);

        session.take(new AgentAccepted("default", "a", session.incarnation(), 50L, LEASE_MS), nowNs);

        assertThat(session.nsUntilTick(nowNs)).isBetween(0L, ms(50));
    }

    @Test
    void putsNoHeartbeatOffBecauseTheIntervalBecomesLonger() {
        activate();
        after(ms(INTERVAL_MS));
        acknowledgeLast(session.incarnation());

        session.take(new AgentAccepted("default", "a", session.incarnation(), 60_000L, 300_000L), nowNs);

        assertThat(after(ms(INTERVAL_MS))).isInstanceOf(SessionAction.Heartbeat.class);
        acknowledgeLast(session.incarnation());
        assertThat(session.nsUntilTick(nowNs)).isEqualTo(ms(60_000));
    }

    @Test
    void appliesAShorterLeaseAtOnceAlsoToWhatIsPastOfIt() {
        activate();
        nowNs += ms(200);
        assertThat(session.leaseValid(nowNs)).isTrue();

        session.take(new AgentAccepted("default", "a", session.incarnation(), 50L, 150L), nowNs);

        assertThat(session.leaseValid(nowNs)).isFalse();
        assertThat(after(0)).as("the heartbeat that renews it").isInstanceOf(SessionAction.Heartbeat.class);
        acknowledgeLast(session.incarnation());
        assertThat(session.leaseValid(nowNs + ms(150) - 1)).isTrue();
        assertThat(session.leaseValid(nowNs + ms(150))).isFalse();
    }

    @Test
    void appliesALongerLeaseAtOnce() {
        activate();

        session.take(new AgentAccepted("default", "a", session.incarnation(), INTERVAL_MS, 2 * LEASE_MS), nowNs);

        assertThat(session.leaseValid(nowNs + ms(2 * LEASE_MS) - 1)).isTrue();
    }

    @Test
    void neverSpinsHoweverShortTheIntervalThatItIsGiven() {
        session.start(nowNs);
        session.take(new AgentAccepted("default", "a", session.incarnation(), -1L, Long.MAX_VALUE), nowNs);
        after(ms(INTERVAL_MS));
        acknowledgeLast(session.incarnation());

        assertThat(session.nsUntilTick(nowNs)).isGreaterThanOrEqualTo(ms(10));
        assertThat(session.leaseValid(nowNs)).isTrue();
    }

    @Test
    void hasNoLeaseBeforeItsRegistrationIsAccepted() {
        session.start(nowNs);
        acknowledgeLast(session.incarnation());

        assertThat(session.leaseValid(nowNs)).isFalse();
    }

    @Test
    void holdsItsLeaseFromTheSendOfTheRegistration() {
        session.start(nowNs);
        nowNs += ms(1_000);
        session.take(accepted(session.incarnation()), nowNs);

        nowNs += ms(LEASE_MS - 1_000) - 1;
        assertThat(session.leaseValid(nowNs)).isTrue();
        nowNs += 1;
        assertThat(session.leaseValid(nowNs)).isFalse();
    }

    @Test
    void extendsItsLeaseFromTheSendOfAnAcknowledgedHeartbeat() {
        activate();
        after(ms(INTERVAL_MS));
        long sentNs = nowNs;
        nowNs += ms(LEASE_MS) - 1;
        assertThat(session.leaseValid(nowNs)).isFalse();

        session.acknowledged(session.incarnation(), sentNs, nowNs);

        assertThat(session.leaseValid(nowNs)).isTrue();
        assertThat(session.leaseValid(nowNs + 1)).isFalse();
    }

    @Test
    void doesNotExtendItsLeaseForAHeartbeatThatFailed() {
        activate();
        after(ms(LEASE_MS));

        session.failed(session.incarnation(), nowNs, nowNs);

        assertThat(session.leaseValid(nowNs)).isFalse();
        assertThat(after(ms(INTERVAL_MS))).isInstanceOf(SessionAction.Heartbeat.class);
    }

    @Test
    void doesNotExtendItsLeaseForAnAcknowledgementOfAnEarlierIncarnation() {
        activate();
        long earlier = session.incarnation();
        session.take(again(earlier), nowNs);
        session.take(accepted(session.incarnation()), nowNs);

        session.acknowledged(earlier, nowNs + ms(LEASE_MS), nowNs + ms(LEASE_MS));

        assertThat(session.leaseValid(nowNs + ms(LEASE_MS))).isFalse();
    }

    @Test
    void losesItsLeaseWhenItIsToldToRegisterAgain() {
        activate();

        session.take(again(session.incarnation()), nowNs);

        assertThat(session.leaseValid(nowNs)).isFalse();
    }

    @Test
    void registersAgainWithAnotherIncarnationWhenItIsTold() {
        activate();
        long first = session.incarnation();

        SessionAction action = session.take(again(first), nowNs);

        assertThat(action).isEqualTo(new SessionAction.Register(session.incarnation()));
        assertThat(session.incarnation()).isNotEqualTo(first);
        assertThat(session.state()).isEqualTo(AgentSession.State.REGISTERING);
    }

    @Test
    void registersAgainOnceHoweverOftenItIsTold() {
        activate();
        long first = session.incarnation();
        session.take(again(first), nowNs);

        assertThat(session.take(again(first), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.take(again(session.incarnation()), nowNs)).isEqualTo(SessionAction.NONE);
    }

    @Test
    void registersAnewWhenMessagesMayHaveBeenMissed() {
        activate();
        long first = session.incarnation();

        assertThat(session.messagesMissed(nowNs)).isEqualTo(new SessionAction.Register(session.incarnation()));
        assertThat(session.incarnation()).isNotEqualTo(first);
    }

    @Test
    void handsOnALaunchOfItsIncarnation() {
        activate();
        LaunchTask launch = launch(session.incarnation());

        assertThat(session.take(launch, nowNs)).isEqualTo(new SessionAction.Launch(launch));
    }

    @Test
    void ignoresLaunchesAndKillsOfAnotherIncarnation() {
        activate();
        long earlier = session.incarnation();
        session.take(again(earlier), nowNs);
        session.take(accepted(session.incarnation()), nowNs);

        assertThat(session.take(launch(earlier), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.take(kill(earlier), nowNs)).isEqualTo(SessionAction.NONE);
    }

    @Test
    void refusesALaunchThatComesBeforeTheAcceptance() {
        session.start(nowNs);

        assertThat(session.take(launch(session.incarnation()), nowNs)).isInstanceOf(SessionAction.Refuse.class);
    }

    @Test
    void handsOnAKillOfItsIncarnation() {
        activate();
        KillTask kill = kill(session.incarnation());

        assertThat(session.take(kill, nowNs)).isEqualTo(new SessionAction.Kill(kill));
    }

    @Test
    void stopsForGoodWhenItIsFenced() {
        activate();

        SessionAction action = session.take(fenced(session.incarnation()), nowNs);

        assertThat(action).isEqualTo(new SessionAction.Stop("another one lives"));
        assertThat(session.state()).isEqualTo(AgentSession.State.FENCED);
        assertThat(session.leaseValid(nowNs)).isFalse();
        assertThat(session.take(launch(session.incarnation()), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.messagesMissed(nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(after(ms(10 * INTERVAL_MS))).isEqualTo(SessionAction.NONE);
        assertThat(session.leave()).isEqualTo(SessionAction.NONE);
    }

    @Test
    void stopsWhenItIsFencedBeforeItsRegistrationWasAccepted() {
        session.start(nowNs);

        assertThat(session.take(fenced(session.incarnation()), nowNs)).isInstanceOf(SessionAction.Stop.class);
    }

    @Test
    void ignoresAFenceForAnotherIncarnation() {
        activate();

        assertThat(session.take(fenced(session.incarnation() + 1), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.state()).isEqualTo(AgentSession.State.ACTIVE);
    }

    @Test
    void saysGoodbyeOnceWhenItLeaves() {
        activate();

        assertThat(session.leave()).isEqualTo(new SessionAction.Leave(session.incarnation()));

        assertThat(session.leave()).isEqualTo(SessionAction.NONE);
        assertThat(session.state()).isEqualTo(AgentSession.State.LEFT);
        assertThat(session.leaseValid(nowNs)).isFalse();
        assertThat(session.take(launch(session.incarnation()), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(after(ms(INTERVAL_MS))).isEqualTo(SessionAction.NONE);
    }

    @Test
    void leavesWithoutAWordWhenItNeverRegistered() {
        assertThat(session.leave()).isEqualTo(SessionAction.NONE);
        assertThat(session.state()).isEqualTo(AgentSession.State.LEFT);
    }

    @Test
    void ignoresARecordThatIsNoMessageToAgents() {
        activate();

        assertThat(session.take(new Resources(), nowNs)).isEqualTo(SessionAction.NONE);
    }

    private void activate() {
        session.start(nowNs);
        acknowledgeLast(session.incarnation());
        session.take(accepted(session.incarnation()), nowNs);
    }

    private void acknowledgeLast(long incarnation) {
        session.acknowledged(incarnation, nowNs, nowNs);
    }

    private SessionAction after(long passedNs) {
        nowNs += passedNs;
        return session.tick(nowNs);
    }

    private static long ms(long ms) {
        return TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private static AgentAccepted accepted(long incarnation) {
        return new AgentAccepted("default", "a", incarnation, INTERVAL_MS, LEASE_MS);
    }

    @Test
    void handsOnWhatIsForExecutorsIfItIsOfItsIncarnation() {
        activate();
        long now = session.incarnation();

        assertThat(session.take(group(now), nowNs)).isEqualTo(new SessionAction.LaunchGroup(group(now)));
        assertThat(session.take(stop(now), nowNs)).isEqualTo(new SessionAction.EndExecutor(stop(now)));
        assertThat(session.take(message(now), nowNs)).isEqualTo(new SessionAction.PassOn(message(now)));
        assertThat(session.take(group(now + 1), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.take(stop(now + 1), nowNs)).isEqualTo(SessionAction.NONE);
        assertThat(session.take(message(now + 1), nowNs)).isEqualTo(SessionAction.NONE);
    }

    @Test
    void refusesAllTasksOfAGroupThatComesBeforeTheAcceptance() {
        session.start(nowNs);
        LaunchTaskGroup group = group(session.incarnation());

        assertThat(session.take(group, nowNs))
                .isInstanceOfSatisfying(
                        SessionAction.Refuse.class,
                        refuse -> assertThat(refuse.launches()).isEqualTo(group.getTasks()));
    }

    private static LaunchTaskGroup group(long incarnation) {
        return new LaunchTaskGroup("a", incarnation, List.of(launch(incarnation)));
    }

    private static StopExecutor stop(long incarnation) {
        return new StopExecutor("default", "a", incarnation, "f", "e", "");
    }

    private static MessageToExecutor message(long incarnation) {
        return new MessageToExecutor("default", "a", incarnation, "f", "e", ByteBuffer.allocate(1));
    }

    private static RegisterAgain again(long incarnation) {
        return new RegisterAgain("default", "a", incarnation, "");
    }

    private static AgentFenced fenced(long incarnation) {
        return new AgentFenced("default", "a", incarnation, "another one lives");
    }

    private static LaunchTask launch(long incarnation) {
        TaskRequest request = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setShell("true")
                .setResources(Resources.newBuilder().setCpuMillis(100).build())
                .build();
        return new LaunchTask("a", incarnation, 1, List.of(), List.of(), Instant.EPOCH, request, "");
    }

    private static KillTask kill(long incarnation) {
        return KillTask.newBuilder()
                .setPool("default")
                .setAgentId("a")
                .setIncarnation(incarnation)
                .setTaskId("t")
                .setAttempt(1)
                .build();
    }
}
