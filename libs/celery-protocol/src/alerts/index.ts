// The alerts that ship, for those who need nothing of the wire: no parser is loaded with them.
export { ALERT_CATALOGUE, type AlertEntry, runbookOf, SEVERITIES, type Severity } from './catalogue.js';
export { type DashboardView, SUBJECT_VIEWS, TASK_VIEW, viewOf } from './dashboards.js';
