'use strict';

const { randomInt, randomUUID } = require('node:crypto');
const { Cluster, options } = require('./cluster.js');

const NEEDS = { cpuMillis: 100, memMib: 32 };
const REFUSE_MS = 60_000;
const LARGEST_RANDOM = 2 ** 48 - 1;

/** A framework that launches some tasks on what it is offered, waits for their ends, and is over then. */
class Framework {
  constructor(asked) {
    this.asked = asked;
    this.cluster = new Cluster(asked);
    // One that is to survive its own restarts keeps its id, draws an incarnation each time, and reconciles its tasks when it is back.
    this.id = `js-${randomUUID()}`;
    this.incarnation = randomInt(1, LARGEST_RANDOM);
    this.waiting = Array.from({ length: asked.tasks }, (_, i) => `${this.id}/${i}`);
    this.tasks = new Set(this.waiting);
    this.unfinished = 0;
    this.ending = false;
    this.over = new Promise((resolve, reject) => {
      this.isOver = resolve;
      this.fails = reject;
    });
  }

  /** Does all of it; returns how many tasks did not finish. */
  async run() {
    const isMine = (key) => key === this.id || this.tasks.has(key);
    await this.cluster.start(['resource-offers', 'task-status', 'decisions'], isMine, (name, record) =>
      this.take(name, record).catch(this.fails),
    );
    process.once('SIGINT', () => this.tearDown().catch(this.fails));
    try {
      const subscribe = {
        name: 'JavaScript example',
        roles: [{ role: this.asked.role }],
        failoverTimeoutMs: 30_000,
      };
      await Promise.all([this.call('Subscribe', subscribe), this.over]);
    } finally {
      clearInterval(this.heartbeat);
      await this.cluster.close();
    }
    // Tasks whose ends have not been read yet were killed.
    return this.unfinished + this.tasks.size;
  }

  /** Makes a call. */
  async call(name, fields) {
    await this.cluster.send('framework-calls', name, [{ frameworkId: this.id, incarnation: this.incarnation, ...fields }]);
  }

  /** Takes what the scheduler says. */
  async take(name, record) {
    switch (name) {
      case 'Subscribed':
        return this.subscribed(record);
      case 'SchedulerHeartbeat':
        this.heardMs = Date.now();
        return undefined;
      case 'OffersMade':
        return this.offered(record.offers);
      case 'OffersRescinded':
        // Offers are answered at once here. Who keeps them forgets these.
        return console.log(`rescinded ${record.offerIds.join(' ')}: ${record.reason}`);
      case 'OperationUpdated':
        return console.log(`${record.type} ${record.state} ${record.message}`);
      case 'FrameworkFailure':
        return console.log(`failure of ${record.agentId} ${record.executorId}: ${record.reason}`);
      case 'FrameworkError':
        return this.refused(record);
      case 'TaskStatus':
        return this.updated(record);
      case 'FrameworkChanged':
        return record.state === 'FRAMEWORK_REMOVED' ? this.isOver() : undefined;
      default:
        return undefined;
    }
  }

  subscribed({ heartbeatIntervalMs, timeoutMs }) {
    console.log('subscribed');
    clearInterval(this.heartbeat);
    this.heardMs = Date.now();
    this.heartbeat = setInterval(() => {
      if (Date.now() - this.heardMs > timeoutMs) {
        console.error('the scheduler does not answer; what was said is safe in Kafka and waits for it');
      }
      this.call('FrameworkHeartbeat').catch(this.fails);
    }, heartbeatIntervalMs);
  }

  /** Puts as many of the waiting tasks on each offer as it has room for, and gives back the offers for which there is none. */
  async offered(offers) {
    const declined = [];
    for (const offer of offers) {
      const room = Math.floor(Math.min(offer.resources.cpuMillis / NEEDS.cpuMillis, offer.resources.memMib / NEEDS.memMib));
      const taskIds = this.waiting.splice(0, room);
      if (taskIds.length === 0) {
        declined.push(offer.offerId);
        continue;
      }
      console.log(`accepting ${offer.offerId} of ${offer.agentId} for ${taskIds.length} tasks`);
      const tasks = taskIds.map((taskId) => ({
        pool: this.asked.pool,
        taskId,
        role: offer.role,
        shell: this.asked.command,
        resources: NEEDS,
      }));
      await this.call('AcceptOffers', {
        offerIds: [offer.offerId],
        operations: [{ type: 'LAUNCH', tasks }],
        refuseMs: REFUSE_MS,
      });
    }
    if (declined.length > 0) {
      console.log(`declining ${declined.join(' ')}`);
      await this.call('DeclineOffers', { offerIds: declined, refuseMs: REFUSE_MS });
    }
    if (this.waiting.length === 0) {
      await this.call('SuppressOffers');
    }
  }

  async updated(status) {
    console.log(`${status.taskId} ${status.state} ${status.sequence === 0 ? status.reason : ''}`.trimEnd());
    if (status.sequence === 0 && status.state === 'TASK_DROPPED') {
      // The offer was gone before its acceptance came; so the task never existed, and its id is free.
      this.waiting.push(status.taskId);
      await this.call('ReviveOffers');
    } else if (status.sequence === 0 || status.taskEnded) {
      this.tasks.delete(status.taskId);
      this.unfinished += status.state === 'TASK_FINISHED' ? 0 : 1;
      if (this.tasks.size === 0) {
        await this.tearDown();
      }
    }
  }

  /** Ends the framework; what it still has is killed. */
  async tearDown() {
    if (!this.ending) {
      this.ending = true;
      await this.call('Teardown');
    }
  }

  /** A call was not taken. After a fatal error nothing that this process says is. */
  refused(error) {
    if (error.incarnation === this.incarnation && error.fatal) {
      this.fails(new Error(`${error.reason}: ${error.message}`));
    } else {
      console.error(`${error.call} was not taken: ${error.message}`);
    }
  }
}

new Framework(options())
  .run()
  .then((unfinished) => {
    process.exitCode = unfinished === 0 ? 0 : 1;
  })
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
