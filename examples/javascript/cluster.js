'use strict';

const { randomUUID } = require('node:crypto');
const { parseArgs } = require('node:util');
const { Kafka, Partitioners, logLevel } = require('kafkajs');
const { Wire } = require('./wire.js');

const OPTIONS = {
  schemas: { type: 'string' },
  brokers: { type: 'string', default: 'localhost:9092' },
  prefix: { type: 'string', default: 'millrace.' },
  pool: { type: 'string', default: 'default' },
  role: { type: 'string', default: 'default' },
  tasks: { type: 'string', default: '3' },
  command: { type: 'string', default: 'echo hello from $MILLRACE_AGENT_ID' },
};

/** What was asked for on the command line. */
function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const tasks = Number(values.tasks);
    if (!Number.isSafeInteger(tasks) || tasks < 1) {
      throw new Error('--tasks is a number from 1 on');
    }
    if (!values.schemas) {
      throw new Error('--schemas names the directory that millrace schemas export DIR wrote');
    }
    return { ...values, tasks };
  } catch (error) {
    console.error(error.message);
    console.error('usage: --schemas DIR [--brokers HOST:PORT] [--prefix P] [--pool P] [--role R] [--tasks N] [--command LINE]');
    return process.exit(2);
  }
}

/** Writes records to the topics of a cluster, and reads them. */
class Cluster {
  constructor({ schemas, brokers, prefix, pool }) {
    this.wire = new Wire(schemas);
    this.prefix = prefix;
    this.pool = pool;
    this.kafka = new Kafka({ clientId: 'millrace-example', brokers: brokers.split(','), logLevel: logLevel.ERROR });
    // The default partitioner of KafkaJS is Java's: murmur2 of the key. So records lie where the scheduler looks for them; those of
    // a client that does it in another way would be passed on by the scheduler, a little later.
    this.producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.consumer = this.kafka.consumer({ groupId: `millrace-example-${randomUUID()}` });
  }

  /** Publishes records of one type, each with the pool as its key. */
  async send(topic, name, records) {
    const messages = records.map((record) => ({
      key: this.pool,
      value: this.wire.encode(name, { pool: this.pool, ...record }),
    }));
    await this.producer.send({ topic: this.prefix + topic, messages });
  }

  /**
   * Connects, and calls the taker with the name and the fields of each record that is published from now on with one of these keys.
   * KafkaJS reads what is committed only, unless it is told otherwise. Each topic is read whole: it gives no choice of partitions.
   */
  async start(topics, isMine, taker) {
    await this.producer.connect();
    await this.consumer.connect();
    const ends = await this.#ends(topics);
    await this.consumer.subscribe({ topics: topics.map((topic) => this.prefix + topic) });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        const decoded = isMine(message.key.toString()) ? this.wire.decode(message.value) : null;
        if (decoded !== null) {
          await taker(decoded.name, decoded.record);
        }
      },
    });
    // What is answered before the first fetch must not be missed.
    ends.forEach((end) => this.consumer.seek(end));
  }

  async #ends(topics) {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const ends = [];
      for (const topic of topics.map((name) => this.prefix + name)) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
          ends.push({ topic, partition, offset: high });
        }
      }
      return ends;
    } finally {
      await admin.disconnect();
    }
  }

  async close() {
    await this.consumer.disconnect();
    await this.producer.disconnect();
  }
}

module.exports = { Cluster, options };
