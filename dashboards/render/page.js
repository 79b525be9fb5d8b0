// Builds the page: the grid, and the panels that are text. charts.js draws the others.
const byType = { stat, table, bargauge, timeseries, heatmap, 'state-timeline': timeline };

document.getElementById('range').textContent =
  new Date(dashboard.From).toISOString().slice(11, 16) + ' to ' + new Date(dashboard.To).toISOString().slice(11, 16) + ' UTC';

function add(parent, tag, className = '') {
  const child = document.createElement(tag);
  child.className = className;
  return parent.appendChild(child);
}

function legend(format, labels) {
  return format.replace(/\{\{(\w+)\}\}/g, (_, name) => labels[name] || '');
}

// field returns the panel's defaults with the overrides that match.
function field(panel, matches) {
  const result = { ...panel.fieldConfig.defaults };
  for (const override of panel.fieldConfig.overrides || []) {
    if (!matches(override.matcher)) continue;
    for (const property of override.properties) result[property.id] = property.value;
  }
  return result;
}

const colours = {
  green: '#56a64b', orange: '#ff9830', red: '#e02f44', yellow: '#f2cc0c', purple: '#a352cc', blue: '#3274d9',
  text: '#24292e', 'semi-dark-red': '#e0504a',
};

function colour(config, value) {
  let name = 'text';
  for (const step of config.thresholds.steps) {
    if (step.value === null || value >= step.value) name = step.color;
  }
  return colours[name];
}

function shown(config, value) {
  if (value === null || value === undefined) return '';
  const mapped = (config.mappings || []).map(m => m.options[String(value)]).find(Boolean);
  if (typeof value === 'string') return mapped ? mapped.text : value;
  return mapped ? mapped.text : withUnit(config.unit, value, config.decimals);
}

function withUnit(unit, value, decimals) {
  const round = (v, otherwise) => v.toFixed(decimals ?? otherwise);
  switch (unit) {
    case 'percent': return round(value, 1) + '%';
    case 'percentunit': return round(value * 100, 0) + '%';
    case 's': return duration(value, decimals);
    case 'ops': return round(value, 2) + ' ops/s';
    case 'reqps': return round(value, 2) + ' req/s';
    default: return String(decimals == null ? Math.round(value * 100) / 100 : round(value));
  }
}

function duration(seconds, decimals) {
  const size = Math.abs(seconds);
  for (const [name, length] of [['weeks', 604800], ['days', 86400], ['hours', 3600], ['mins', 60]]) {
    if (size >= length) return (seconds / length).toFixed(decimals || 1) + ' ' + name;
  }
  return size < 1 && size > 0 && !decimals ? (seconds * 1000).toFixed(size < 0.01 ? 1 : 0) + ' ms' : seconds.toFixed(decimals ?? 1) + ' s';
}

const newest = s => s.Values.filter(v => v !== null).at(-1);

function stat(body, panel, series) {
  const box = add(body, 'div', 'stats' + (panel.options.orientation === 'horizontal' ? ' column' : ''));
  for (const s of series) {
    const config = field(panel, m => m.id === 'byFrameRefID' && m.options === s.refId);
    const one = add(box, 'div', 'stat');
    const tone = colour(config, newest(s));
    if (panel.options.textMode === 'name') {
      add(one, 'div', 'value').textContent = s.name;
      continue;
    }
    if (s.name && (series.length > 1 || panel.Answers.length > 1)) add(one, 'div', 'name').textContent = s.name;
    const value = add(one, 'div', 'value');
    value.textContent = shown(config, newest(s));
    if (panel.options.colorMode === 'background') Object.assign(one.style, { background: tone, color: '#fff' });
    else value.style.color = tone;
  }
}

function bargauge(body, panel, series) {
  const config = panel.fieldConfig.defaults;
  const largest = config.max ?? Math.max(...series.map(newest));
  const box = add(body, 'div', 'bars');
  for (const s of series) {
    add(box, 'div').textContent = s.name;
    const fill = add(add(box, 'div', 'track'), 'div', 'fill');
    Object.assign(fill.style, { width: 100 * newest(s) / largest + '%', background: colour(config, newest(s)) });
    const value = add(box, 'div');
    value.textContent = shown(config, newest(s));
    value.style.color = colour(config, newest(s));
  }
}

// table joins the answers by their labels and applies the "organize" step.
function table(body, panel, series) {
  const organize = panel.transformations.find(t => t.id === 'organize').options;
  const rows = new Map();
  for (const s of series) {
    const key = JSON.stringify(s.Labels);
    const value = panel.Answers.length > 1 ? 'Value #' + s.refId : 'Value';
    rows.set(key, { ...(rows.get(key) || s.Labels), [value]: newest(s) });
  }
  const columns = Object.entries(organize.indexByName).sort((a, b) => a[1] - b[1]).map(([name]) => name);
  const head = add(add(body, 'table'), 'tr');
  for (const name of columns) add(head, 'th').textContent = organize.renameByName[name] || name;
  for (const row of rows.values()) {
    const line = add(head.parentElement, 'tr');
    for (const name of columns) {
      const config = field(panel, m => m.id === 'byName' && m.options === organize.renameByName[name]);
      add(line, 'td').textContent = typeof row[name] === 'number' || config.mappings ? shown(config, row[name]) : row[name] ?? '';
    }
  }
}

for (const panel of dashboard.Panels) {
  const grid = panel.gridPos;
  const place = add(document.getElementById('grid'), 'div', panel.type === 'row' ? 'row' : 'panel');
  const column = (innerWidth - 8) / 24;
  Object.assign(place.style, {
    left: grid.X * column + 'px', top: grid.Y * 34 + 'px', width: grid.W * column + 'px', height: grid.H * 34 + 'px',
  });
  if (panel.type === 'row') {
    place.textContent = '⌄ ' + panel.title;
    continue;
  }
  const card = add(place, 'div', 'card');
  const title = add(card, 'h2');
  title.textContent = panel.title;
  if (panel.timeFrom) add(title, 'small').textContent = 'last ' + panel.timeFrom;
  const body = add(card, 'div', 'body');
  const series = panel.Answers.flatMap(a => (a.Series || []).map(s => ({ ...s, refId: a.RefID, name: legend(a.Legend, s.Labels) })));
  if (series.some(s => s.Values.some(v => v !== null))) {
    byType[panel.type](body, panel, series);
  } else {
    add(body, 'div', 'empty').textContent = panel.fieldConfig.defaults.noValue;
  }
}
