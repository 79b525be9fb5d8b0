// Draws the panels that have an axis of time.
const palette = ['#56a64b', '#f2cc0c', '#3274d9', '#ff780a', '#e02f44', '#1f60c4', '#a352cc', '#37872d', '#e0b400', '#705da0', '#5794f2', '#8ab8ff'];
const clock = { type: 'time', min: dashboard.From, max: dashboard.To, axisLabel: { formatter: '{HH}:{mm}', color: '#5f6873', hideOverlap: true }, splitLine: { show: true, lineStyle: { color: '#f0f1f2' } } };

function chart(body, option) {
  echarts.init(body, null, { renderer: 'svg' }).setOption({ animation: false, useUTC: true, textStyle: { fontFamily: 'system-ui, "DejaVu Sans", sans-serif' }, ...option });
}

// events are the annotations: rotations at their own time, the others where they begin.
function events() {
  const lines = [];
  const put = (at, tone) => at >= dashboard.From && lines.push({ xAxis: at, lineStyle: { color: tone, type: 'dashed', width: 1 } });
  for (const annotation of dashboard.Annotations) {
    for (const s of annotation.Answer.Series || []) {
      if (annotation.Name === 'Rotations') new Set(s.Values).forEach(v => put(v, '#3274d9'));
      else if (annotation.Name === 'Firing alerts' && s.Labels.severity === 'critical') put(s.Times[0], '#e02f44');
    }
  }
  return { silent: true, symbol: 'none', label: { show: false }, data: lines };
}

// limits are the lines of a panel that draws its thresholds.
function limits(config) {
  if (!config.custom.thresholdsStyle) return [];
  return config.thresholds.steps.filter(s => s.value !== null)
    .map(s => ({ yAxis: s.value, lineStyle: { color: colours[s.color], type: 'dashed', width: 1 } }));
}

// withGaps puts a null where a step is missing, so that no line bridges it.
function withGaps(s) {
  const step = (dashboard.To - dashboard.From) / 240;
  const points = [];
  s.Times.forEach((t, i) => {
    if (i > 0 && t - s.Times[i - 1] > 1.5 * step) points.push([t - step, null]);
    points.push([t, s.Values[i]]);
  });
  return points;
}

// linesOf estimates how many lines the legend takes.
function linesOf(names, width) {
  let lines = 1, used = 0;
  for (const name of names) {
    const size = 26 + 6.4 * name.length;
    if (used > 0 && used + size > width) [lines, used] = [lines + 1, 0];
    used += size;
  }
  return lines;
}

function timeseries(body, panel, series) {
  const config = panel.fieldConfig.defaults;
  const drawn = series.filter(s => s.Values.some(v => v !== null));
  const stacked = config.custom.stacking;
  const beside = panel.options.legend.placement === 'right';
  const lines = linesOf(drawn.map(s => s.name.trim()), body.clientWidth - 16);
  chart(body, {
    color: palette,
    grid: { left: 56, right: beside ? 210 : 16, top: 10, bottom: beside ? 26 : 34 + 19 * lines },
    legend: { type: beside ? 'scroll' : 'plain', icon: 'roundRect', itemWidth: 12, itemHeight: 3, itemGap: 8, padding: 0, textStyle: { fontSize: 11 }, ...(beside ? { right: 4, top: 4, orient: 'vertical' } : { left: 8, bottom: 8 }) },
    xAxis: clock,
    yAxis: { type: 'value', min: config.min, max: config.max, axisLabel: { formatter: v => withUnit(config.unit, v, undefined), color: '#5f6873' }, splitLine: { lineStyle: { color: '#f0f1f2' } } },
    series: drawn.map((s, i) => {
      const own = field(panel, m => m.id === 'byRegexp' && new RegExp(m.options.slice(1, -1)).test(s.name));
      const tone = own.color?.fixedColor ? colours[own.color.fixedColor] : palette[i % palette.length];
      return {
        name: s.name.trim(), type: 'line', symbol: 'none', data: withGaps(s), stack: stacked ? 'all' : undefined,
        color: tone, lineStyle: { width: stacked ? 0 : 1.5 }, areaStyle: stacked ? { opacity: 0.7 } : undefined,
        markLine: i === 0 ? { ...events(), data: [...events().data, ...limits(config)] } : undefined,
      };
    }),
  });
}

// timeline draws one row for each series, the first on top.
function timeline(body, panel, series) {
  const words = panel.fieldConfig.defaults.mappings[0].options;
  const step = (dashboard.To - dashboard.From) / 240;
  const spans = series.flatMap((s, row) => s.Values.map((v, i) => [s.Times[i], s.Times[i] + step, row, v]));
  chart(body, {
    grid: { left: 230, right: 16, top: 6, bottom: 26 },
    xAxis: clock,
    yAxis: { type: 'category', inverse: true, data: series.map(s => s.name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: '#24292e', fontSize: 12 } },
    series: [{
      type: 'custom', data: spans, encode: { x: [0, 1], y: 2 }, markLine: events(),
      renderItem(_, api) {
        const [from, to] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])];
        const size = api.size([0, 1])[1] * panel.options.rowHeight;
        return { type: 'rect', shape: { x: from[0], y: from[1] - size / 2, width: to[0] - from[0] + 0.7, height: size }, style: { fill: colours[words[String(api.value(3))].color] } };
      },
    }],
  });
}

// heatmap draws buckets, which count what is less, as cells of their own, and the exemplars on top.
function heatmap(body, panel, series) {
  const bound = s => s.Labels.le === '+Inf' ? Infinity : Number(s.Labels.le);
  const sorted = [...series].sort((a, b) => bound(a) - bound(b));
  const names = sorted.map(s => s.Labels.le === '+Inf' ? '+Inf' : withUnit('s', bound(s), undefined));
  const below = (row, t) => row < 0 ? 0 : sorted[row].Values[sorted[row].Times.indexOf(t)] || 0;
  const cells = sorted.flatMap((s, row) => s.Times.map(t => [t, row, below(row, t) - below(row - 1, t)]).filter(c => c[2] > 0.01));
  const used = Math.max(...cells.map(c => c[1])) + 2;
  const most = Math.max(...cells.map(c => c[2]));
  const step = (dashboard.To - dashboard.From) / 240;
  const row = v => sorted.findIndex(s => v <= bound(s));
  chart(body, {
    grid: { left: 70, right: 16, top: 10, bottom: 26 },
    xAxis: clock,
    yAxis: { type: 'category', data: names.slice(0, used), axisLabel: { color: '#5f6873' } },
    series: [{
      type: 'custom', data: cells, encode: { x: 0, y: 1 },
      renderItem(_, api) {
        const at = api.coord([api.value(0), api.value(1)]);
        const [w, h] = [api.size([step, 0])[0], api.size([0, 1])[1]];
        const depth = Math.sqrt(api.value(2) / most);
        return { type: 'rect', shape: { x: at[0], y: at[1] - h / 2 + 0.5, width: w + 0.7, height: h - 1 }, style: { fill: `rgba(230, 85, 13, ${0.1 + 0.85 * depth})` } };
      },
    }, {
      type: 'scatter', symbol: 'diamond', symbolSize: 5, color: '#a352cc',
      data: (panel.Exemplars || []).filter((_, i, all) => i % Math.ceil(all.length / 150) === 0).map(([t, v]) => [t, row(v)]),
    }],
  });
}
