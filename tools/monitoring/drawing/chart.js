// Runs in the page: draws each chart with uPlot, stacked ones from the top down.
/* global charts, document, uPlot */
for (const { id, width, height, stacked, bars, range, ticks, limit, lines } of charts) {
  const times = [...new Set(lines.flatMap((line) => line.times))].sort((a, b) => a - b);
  let columns = lines.map((line) => {
    const at = new Map(line.times.map((time, i) => [time, line.values[i]]));
    return times.map((time) => at.get(time) ?? null);
  });
  if (stacked) {
    const below = times.map(() => 0);
    columns = columns.map((column) => column.map((value, i) => (value === null ? null : (below[i] += value))));
    range[1] = Math.max(range[1], ...below);
  }
  const order = lines.map((_, i) => i);
  if (stacked) order.reverse();
  const axis = { stroke: '#999', grid: { stroke: '#2c2f36' }, font: '10px sans-serif' };
  const options = {
    width,
    height,
    cursor: { show: false },
    legend: { show: false },
    scales: { y: { range: range[0] === range[1] ? [range[0], range[0] + 1] : range } },
    axes: [
      { ...axis, size: 26 },
      { ...axis, size: 84, splits: () => ticks.map(([value]) => value), values: () => ticks.map(([, words]) => words) },
    ],
    series: [
      {},
      ...order.map((i) => ({
        stroke: lines[i].color,
        fill: stacked ? `${lines[i].color}66` : undefined,
        width: 1.5,
        points: { show: false },
        paths: bars ? uPlot.paths.bars({ size: [0.9, 20] }) : undefined,
      })),
    ],
    hooks: {
      draw: [
        (chart) => {
          const y = limit === undefined || limit === null ? -1 : chart.valToPos(limit, 'y', true);
          const { ctx, bbox } = chart;
          if (y < bbox.top || y > bbox.top + bbox.height) return;
          ctx.strokeStyle = 'red';
          ctx.setLineDash([6, 4]);
          ctx.strokeRect(bbox.left, y, bbox.width, 0);
          ctx.setLineDash([]);
        },
      ],
    },
  };
  new uPlot(options, [times, ...order.map((i) => columns[i])], document.getElementById(id));
}
