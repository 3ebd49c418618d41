import { number } from './text.js';

/* global uPlot */ // of a script of its own, which the page names before this one

const STEP = { minute: 60, hour: 3600, day: 86_400 };
const HEIGHT = 300;
const FEW = 90;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A chart of one or two series. `onPoint` is told the index of the point that is looked at, or null. */
export function createChart(host, { onPoint }) {
  let drawn = null;
  let shown = null;

  const draw = () => {
    drawn?.destroy();
    const { level, points, values, partial, unit } = shown;
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    const { columns, places } = columnsOf(level, points, values, partial);
    const dots = points.length <= FEW;
    const line = (name) => ({ stroke: colour(name), width: 2, points: { show: dots, size: 5, fill: colour(name), stroke: colour(name) } });
    const rings = { stroke: colour('warn'), paths: () => null, points: { show: true, size: 10, width: 2, stroke: colour('warn'), fill: colour('card') } };
    const axis = { stroke: colour('quiet'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1, size: 5 }, font: `12px ${getComputedStyle(host).fontFamily}` };
    drawn = new uPlot({
      width: Math.max(240, host.clientWidth), height: HEIGHT, legend: { show: false }, padding: [12, 28, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
      scales: { x: { time: true }, y: { range: (_chart, least, most) => roomAround(least, most) } },
      axes: [
        { ...axis, space: 70, size: level === 'day' ? 32 : 48, values: (_chart, splits, _at, _space, step) => splits.map((split, at) => timeText(split, splits[at - 1], step)) },
        { ...axis, values: (_chart, splits) => splits.map((split) => `${number(split)}${unit}`), size: (_chart, texts) => 18 + 7 * Math.max(4, ...(texts ?? []).map((text) => text.length)) },
      ],
      series: [{}, ...values.map((_, at) => line(at === 0 ? 'a' : 'b')), ...values.map(() => rings)],
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), 'Etc/UTC'),
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx === null || cursor.idx === undefined ? null : places[cursor.idx] ?? null)] },
    }, columns, host);
  };

  new ResizeObserver(() => drawn?.setSize({ width: Math.max(240, host.clientWidth), height: HEIGHT })).observe(host);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawn && draw());

  // By keyboard: arrows, Home and End go from point to point.
  let at = null;
  host.addEventListener('keydown', (event) => {
    if (!drawn || !shown) return;
    const last = shown.points.length - 1;
    const to = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at = Math.min(last, Math.max(0, to));
    drawn.setCursor({ left: drawn.valToPos(shown.points[at].from, 'x'), top: 10 });
  });

  return {
    /** `values`: one list a series, as long as `points`; `partial` says whether a point of a series is ringed. */
    show(next) {
      shown = next;
      at = null;
      draw();
    },
    clear() {
      drawn?.destroy();
      drawn = null;
    },
  };
}

/** Columns for the chart, with a hole where buckets are missing, and which point each place belongs to. */
function columnsOf(level, points, values, partial) {
  const [xs, places] = [[], []];
  for (const [at, { from }] of points.entries()) {
    const before = points[at - 1]?.from;
    if (before !== undefined && from - before > STEP[level] * 1.5) {
      xs.push(before + STEP[level]);
      places.push(null);
    }
    xs.push(from);
    places.push(at);
  }
  const column = (of) => places.map((at) => (at === null ? null : of(at)));
  return { places, columns: [xs, ...values.map((list) => column((at) => list[at])), ...values.map((list, of) => column((at) => (partial(points[at], of) ? list[at] : null)))] };
}

function roomAround(least, most) {
  if (least === null || most === null) return [0, 1];
  const room = (most - least) * 0.08 || Math.abs(most) * 0.01 || 1;
  return [least - room, most + room];
}

/** UTC, as buckets are named: the day where it begins, else the time. */
function timeText(second, before, step) {
  const at = new Date(second * 1000);
  const day = `${months[at.getUTCMonth()]} ${at.getUTCDate()}`;
  if (step >= 86_400) return day;
  const time = at.toISOString().slice(11, 16);
  const isNewDay = before === undefined || new Date(before * 1000).getUTCDate() !== at.getUTCDate();
  return isNewDay ? `${time}\n${day}` : time;
}
