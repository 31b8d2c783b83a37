// The page at /: tells a person what the exporter sees, and what is missing and why. No script, nothing loaded, no
// secret.
import { diagnose } from './diagnosis.js';
import { type Html, visibleHtml as html } from '@celery-watch/html';
import { brokerSection, eventsSection, lossesSection, pollersSection, tasksSection } from './landing/counts.js';
import { customSection, uncountedSection } from './landing/custom.js';
import { findingsSection } from './landing/findings.js';
import { queueRulesSection, queuesSection } from './landing/queues.js';
import { STYLE } from './landing/style.js';
import { workersSection } from './landing/workers.js';
import type { Status } from './status.js';
import { span } from './wording.js';

/** A whole HTML page. Its links are relative: it may stand behind a proxy under a path. */
export function landingPage(status: Status): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Celery exporter</title>
<style>${STYLE}</style>
</head>
<body>
${head(status)}
<main>
${findingsSection(diagnose(status))}
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
${pollersSection(status)}
</main>
</body>
</html>
`.text;
}

function head({ version, uptime }: Status): Html {
  return html`<header>
<div>
<h1>Celery exporter</h1>
<p class="muted">Version ${version}, running for ${span(uptime)}. The page shows one moment: <a href="./">reload</a> it for the next.</p>
</div>
<nav aria-label="Pages of the exporter"><ul>
<li><a href="metrics">/metrics</a></li>
<li><a href="healthz">/healthz</a></li>
<li><a href="readyz">/readyz</a></li>
</ul></nav>
</header>`;
}
