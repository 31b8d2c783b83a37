// Two weeks of pauses between successes, as the rules would have recorded them: what the slowest range of the rules
// reads.

const HOUR = 3600;
/** Prometheus keeps the last hours in memory, and takes no blocks that reach into them. */
const NOT_BEFORE = 3 * HOUR;

/** OpenMetrics text: each task succeeded once an hour. @param now epoch seconds */
export function pauseHistory(tasks: number, days: number, now: number): string {
  const lines = ['# TYPE celery:task_success_pause_seconds:ended gauge'];
  for (let task = 0; task < tasks; task++) {
    for (let ago = days * 24 * HOUR; ago > NOT_BEFORE; ago -= HOUR) {
      const at = Math.floor(now) - ago + (task % 60) * 30;
      lines.push(`celery:task_success_pause_seconds:ended{job="celery",name="shop.task_${task}"} 3600 ${at}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
