// The page at /: tells a person what the exporter sees of a broker, and what is missing and why. No script, nothing
// loaded, no secret.
import { diagnose } from './diagnosis.js';
import { name, visibleHtml as html } from '@celery-watch/html';
import { brokerSection, eventsSection, lossesSection, pollersSection, tasksSection } from './landing/counts.js';
import { customSection, uncountedSection } from './landing/custom.js';
import { findingsSection } from './landing/findings.js';
import { frame } from './landing/frame.js';
import { queueRulesSection, queuesSection } from './landing/queues.js';
import { workersSection } from './landing/workers.js';
import type { Status } from './status.js';

/** Where the page of a broker is, beside that of all. */
export function hrefOf(broker: string): string {
  return `./?broker=${encodeURIComponent(broker)}`;
}

/** A whole HTML page: of the only broker, or of one that has a name. */
export function landingPage(status: Status): string {
  const { name: broker } = status.broker;
  return frame({
    title: broker === undefined ? 'Celery exporter' : `${broker} – Celery exporter`,
    heading: broker === undefined ? 'Celery exporter' : html`Celery exporter: broker ${name(broker)}`,
    about: status,
    here: broker === undefined ? './' : hrefOf(broker),
    ...(broker !== undefined && { ways: [['./', 'All brokers']] }),
    sections: html`${findingsSection(diagnose(status))}
<div class="pair">
${brokerSection(status)}
${tasksSection(status)}
</div>
${workersSection(status)}
${queuesSection(status)}
<div class="pair">
${eventsSection(status)}
${queueRulesSection(status)}
</div>
${customSection(status)}
${uncountedSection(status)}
${lossesSection(status)}
${pollersSection(status)}`,
  });
}
