'use strict';

const { randomUUID } = require('node:crypto');
const { Cluster, options } = require('./cluster.js');

// Submits tasks and shows their statuses until all of them have ended. Exits with 0 if all of them finished.
async function main() {
  const asked = options();
  const cluster = new Cluster(asked);
  const submission = randomUUID();
  const open = new Set();
  for (let i = 0; i < asked.tasks; i++) {
    open.add(`js-${submission}/${i}`);
  }
  let failed = 0;
  let allEnded;
  const ended = new Promise((resolve) => {
    allEnded = resolve;
  });

  await cluster.start(['task-status'], (key) => open.has(key), async (name, status) => {
    const where = status.agentId === null ? '' : ` on ${status.agentId}`;
    console.log(`${status.taskId} ${status.state}${where}`);
    // A status without a sequence number says that the request was refused.
    if (status.taskEnded || status.sequence === 0) {
      open.delete(status.taskId);
      failed += status.state === 'TASK_FINISHED' ? 0 : 1;
    }
    if (open.size === 0) {
      allEnded();
    }
  });
  await cluster.send(
    'task-requests',
    'TaskRequest',
    [...open].map((taskId) => ({
      taskId,
      submissionId: submission,
      role: asked.role,
      shell: asked.command,
      resources: { cpuMillis: 100, memMib: 32 },
    })),
  );
  await ended;
  await cluster.close();
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
