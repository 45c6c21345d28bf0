// Charts over the run's seconds: the same phases and faults as bands behind every one, and a table for who cannot see them.

import { clockOf, element } from "./figures.js";

const COLOURS = ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6", "--s7", "--s8"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4], [12, 4], [4, 2]];
const ROWS_MAX = 60;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Where bands come from: filled by the page, read by every chart. */
export const bands = { endsAt: 1, phases: [], faults: [], marks: [] };

function drawBands(u) {
  const { ctx, bbox } = u;
  const at = (s) => Math.min(Math.max(u.valToPos(s, "x", true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  bands.phases.forEach((phase, index) => {
    const left = at(phase.from_s), width = at(phase.to_s) - left;
    if (!phase.measured || index % 2) {
      ctx.fillStyle = colour(phase.measured ? "--band" : "--unmeasured");
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
  });
  for (const fault of bands.faults) {
    const left = at(fault.from_s), right = at(fault.to_s ?? bands.endsAt);
    ctx.fillStyle = colour("--fault");
    ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
  }
  for (const mark of bands.marks) {
    ctx.fillStyle = colour("--bad");
    ctx.fillRect(at(mark.at), bbox.top, 2, bbox.height);
  }
  ctx.restore();
}

/** After grid and lines, or they would cross the words out. */
function drawNames(u) {
  const { ctx, bbox } = u;
  const at = (s) => Math.min(Math.max(u.valToPos(s, "x", true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  ctx.font = `${0.66 * rem() * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  const write = (text, left, top, ink) => {
    ctx.globalAlpha = 0.75;
    ctx.fillStyle = colour("--card");
    ctx.fillRect(left, top, ctx.measureText(text).width + 4, 0.85 * rem() * devicePixelRatio);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour(ink);
    ctx.fillText(text, left + 2, top + 1);
  };
  for (const phase of bands.phases) {
    const left = at(phase.from_s), width = at(phase.to_s) - left;
    if (ctx.measureText(phase.phase).width < width - 8) write(phase.phase, left + 2, bbox.top + 1, "--quiet");
  }
  for (const fault of bands.faults) write(fault.kind, at(fault.from_s) + 2, bbox.top + bbox.height - rem() * devicePixelRatio, "--bad");
  ctx.restore();
}

export class Chart {
  /** lines: [{label, of: (point) => number|null}], may be set again later; curve: [[s, value]] known beforehand. */
  constructor(place, { title, unit, lines = [], format = String, log = false, range, limits = [], curve = [] }) {
    Object.assign(this, { format, log, range, limits, curve, title, lines: [], points: [] });
    place.append((this.figure = element("figure", null, { class: "chart" })));
    const heading = element("h2", title);
    heading.append(" ", element("span", unit, { class: "unit" }));
    this.plot = element("div", null, { class: "plot", role: "img", "aria-label": `${title}: nothing yet` });
    this.key = element("ul", null, { class: "key" });
    this.details = element("details");
    this.details.append(element("summary", "as a table"));
    this.tableAt = element("div", null, { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, as a table` });
    this.details.append(this.tableAt);
    this.details.addEventListener("toggle", () => this.fillTable());
    this.figure.append(heading, this.plot, this.key, this.details);
    new ResizeObserver(() => this.resize()).observe(this.plot);
    document.addEventListener("themed", () => this.rebuild());
    this.setLines(lines);
  }

  setLines(lines) {
    const names = lines.map((line) => line.label).join("\n");
    if (names === this.names) { this.lines = lines; return; }
    Object.assign(this, { lines, names });
    this.rebuild();
  }

  rebuild() {
    this.uplot?.destroy();
    const font = `${0.72 * rem()}px system-ui, sans-serif`;
    const axis = {
      stroke: () => colour("--quiet"), font,
      grid: { stroke: () => colour("--line"), width: 1 / devicePixelRatio }, ticks: { show: false },
    };
    this.uplot = new uPlot({
      width: Math.max(50, this.plot.clientWidth), height: Math.max(50, this.plot.clientHeight),
      legend: { show: false },
      cursor: { sync: { key: "run" }, drag: { x: false, y: false }, points: { size: 6 } },
      padding: [0.4 * rem(), 1.6 * rem(), 0, 0],
      scales: {
        x: { time: false, range: () => [0, bands.endsAt] },
        y: this.log ? { distr: 3, range: (u, low, high) => logRange(low, high, this.limits) } : { range: this.range ?? ((u, low, high) => [0, 1.08 * (Math.max(high ?? 0, ...this.curve.map(([, y]) => y)) || 1)]) },
      },
      axes: [
        { ...axis, size: 1.5 * rem(), values: (u, splits) => splits.map(clockOf) },
        { ...axis, size: 4.4 * rem(), values: (u, splits) => splits.map((v) => (v == null ? null : this.format(v))) },
      ],
      series: [{}, ...this.lines.map((line, index) => ({
        label: line.label, stroke: () => colour(COLOURS[index % 8]), dash: DASHES[index % 8], width: 0.12 * rem(),
        points: { show: false },
      }))],
      hooks: { drawClear: [drawBands], draw: [(u) => this.drawLimits(u), drawNames], setCursor: [() => this.fillKey()] },
    }, this.data(), this.plot);
    this.key.replaceChildren(...this.lines.map((line, index) => keyEntry(line.label, index)));
    this.fillKey();
  }

  drawLimits(u) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = colour("--bad");
    ctx.lineWidth = 0.1 * rem() * devicePixelRatio;
    ctx.setLineDash([6, 6]);
    for (const limit of this.limits) {
      const y = u.valToPos(limit, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    if (this.curve.length) {
      ctx.beginPath();
      this.curve.forEach(([x, y], index) => ctx[index ? "lineTo" : "moveTo"](u.valToPos(x, "x", true), u.valToPos(y, "y", true)));
      ctx.strokeStyle = colour("--quiet");
      ctx.stroke();
    }
    ctx.restore();
  }

  data() {
    return [this.points.map((p) => p.at_s), ...this.lines.map((line) => this.points.map((p) => {
      const value = line.of(p);
      return value == null || (this.log && value <= 0) ? null : value;
    }))];
  }

  show(points) {
    this.points = points;
    this.uplot.setData(this.data());
    this.fillKey();
    if (this.details.open) this.fillTable();
  }

  /** Values under the cursor, or the latest. */
  fillKey() {
    if (!this.uplot) return;
    const under = this.uplot.cursor.idx;
    const point = this.points[under ?? this.points.length - 1];
    const told = this.lines.map((line, index) => {
      const text = point ? this.format(line.of(point)) : "–";
      const value = this.key.children[index]?.querySelector("b");
      if (value && value.textContent !== text) value.textContent = text;
      return `${line.label} ${text}`;
    });
    if (under == null) this.plot.setAttribute("aria-label", point ? `${this.title} at ${clockOf(point.at_s)}: ${told.join(", ")}` : `${this.title}: nothing yet`);
  }

  fillTable() {
    if (!this.details.open) return;
    const table = element("table"), head = element("thead"), body = element("tbody");
    head.append(row("th", ["run", ...this.lines.map((line) => line.label)]));
    const latest = this.points.slice(-ROWS_MAX).reverse();
    body.append(...latest.map((p) => row("td", [clockOf(p.at_s), ...this.lines.map((line) => this.format(line.of(p)))])));
    table.append(element("caption", `the latest ${latest.length} points, newest first`, { class: "note" }), head, body);
    this.tableAt.replaceChildren(table);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (this.uplot && width && (width !== this.uplot.width || height !== this.uplot.height)) this.uplot.setSize({ width, height });
  }
}

function logRange(low, high, limits) {
  const least = Math.max(1e-6, low || 1e-3), most = Math.max(high || 1, least * 10, ...limits.map((limit) => limit * 1.3));
  return [10 ** Math.floor(Math.log10(least)), most * 1.3];
}

function keyEntry(label, index) {
  const entry = element("li"), mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  mark.setAttribute("viewBox", "0 0 36 8");
  mark.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of [["d", "M0 4H36"], ["stroke", `var(${COLOURS[index % 8]})`], ["stroke-width", "3"], ["stroke-dasharray", DASHES[index % 8].join(" ")]]) line.setAttribute(key, value);
  mark.append(line);
  entry.append(mark, element("span", label, { title: label }), element("b", "–"));
  return entry;
}

export function row(kind, cells) {
  const made = element("tr");
  made.append(...cells.map((cell) => (cell instanceof Node ? cell : element(kind, cell))));
  return made;
}
