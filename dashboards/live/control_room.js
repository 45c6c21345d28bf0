// The control room: one page a team puts on a wall while a run is on.

import { Chart, bands, row } from "./charts.js";
import { follow, showSilence, themeButton } from "./events.js";
import { forget, showSystems } from "./systems.js";
import { clockOf, count, duration, element, percent, perSecond, quantity, say, yuan } from "./figures.js";

const POINTS_MAX = 2400; // then the run is asked for again, as coarse as it keeps it itself
const LINES_MAX = 8;
const STAGES = {
  preparing: "preparing", waiting: "waits for Start in Locust", running: "running", draining: "draining",
  judging: "auditing and judging", ended: "over",
};
const MARKS = { PASS: "✓ holds", FAIL: "✗ missed", NO_DATA: "· no data" };
const TONES = { PASS: "good", FAIL: "bad", NO_DATA: "unknown" };

const state = { opening: null, points: [], stride: 1, events: [], stage: "preparing", frame: null };
const at = document.getElementById.bind(document);
let charts = {}, drawn = true;

themeButton();
const connection = follow({
  run: (opening) => { meet(opening); },
  history: ({ points, events, stride_s }) => { Object.assign(state, { points, events, stride: stride_s }); redraw(); },
  stage: ({ stage }) => { state.stage = stage; say("stage", STAGES[stage] ?? stage); at("verdict").classList.toggle("hidden", stage !== "ended"); },
  second: (frame) => {
    if (!frame.known) { state.points.push(frame.point); state.events.push(...frame.events); }
    if (state.points.length > POINTS_MAX) return connection.again();
    state.frame = frame;
    redraw();
  },
  board: ({ systems }) => showSystems(at("systems"), at("systems-part"), systems),
  verdict: showVerdict,
  silence: showSilence,
});

function meet(opening) {
  const again = state.opening?.run === opening.run;
  if (!again) { forget(); showSystems(at("systems"), at("systems-part")); }
  Object.assign(state, { opening, points: [], events: [], frame: again ? state.frame : null });
  say("profile", `· ${opening.profile}`);
  say("target", `→ ${opening.target || "the shop is being opened"}`);
  document.title = `${opening.profile} · control room`;
  bands.phases = opening.phases;
  const track = at("track");
  track.replaceChildren(...opening.phases.map((phase) => {
    const part = element("span", phase.phase, { "data-from": phase.from_s, title: phase.phase });
    part.style.flexGrow = String(phase.to_s - phase.from_s);
    part.style.flexBasis = "0";
    if (!phase.measured) part.classList.add("unmeasured");
    return part;
  }), element("i", null, { id: "done" }));
  if (!again) buildCharts(opening);
}

function buildCharts(opening) {
  const place = at("charts");
  place.replaceChildren();
  const planned = planLine(opening.plan);
  const thresholds = opening.thresholds.map((one) => `${one.selector}: ${one.expression}`);
  charts = {
    arrivals: new Chart(place, { title: "Arrivals", unit: "a second; the plan is dashed to its end", format: perSecond, curve: opening.plan, lines: [
      { label: "offered", of: (p) => p.offered }, { label: "started", of: (p) => p.started },
      { label: "ended", of: (p) => p.ended }, { label: "planned rate", of: (p) => planned(p.at_s - state.stride / 2) },
    ] }),
    response: new Chart(place, { title: "Response time", unit: "of each second, logarithmic", format: duration, log: true, lines: [
      { label: "p50", of: (p) => p.p50 }, { label: "p95", of: (p) => p.p95 }, { label: "p99", of: (p) => p.p99 },
      { label: "service p95", of: (p) => p.service_p95 },
    ] }),
    operations: new Chart(place, { title: "Response p95 by operation", unit: "of each second, logarithmic", format: duration, log: true }),
    answers: new Chart(place, { title: "Answers", unit: "a second", format: perSecond, lines: [
      { label: "requests", of: (p) => p.requests }, { label: "refused", of: (p) => p.refused }, { label: "failed", of: (p) => p.failed },
    ] }),
    margins: new Chart(place, { title: "Thresholds: to spare", unit: "share of the limit, below 0 is missed", format: (v) => percent(v),
      range: () => [-1.05, 1.05], limits: [0], lines: thresholds.map((label, index) => ({ label, of: (p) => p.margins[index] })) }),
    queue: new Chart(place, { title: "Shoppers", unit: "in the shop and before it", format: count, lines: [
      { label: "in the shop", of: (p) => p.in_shop }, { label: "waiting", of: (p) => p.waiting }, { label: "dropped a second", of: (p) => p.dropped },
    ] }),
    ...(opening.shops ? {
      business: new Chart(place, { title: "Orders and payments", unit: "a second", format: perSecond, lines: [
        { label: "orders", of: (p) => p.orders }, { label: "payments", of: (p) => p.payments },
      ] }),
      gmv: new Chart(place, { title: "GMV", unit: "a second", format: (v) => yuan(v), lines: [{ label: "GMV", of: (p) => p.gmv_fen }] }),
    } : {}),
    generator: new Chart(place, { title: "Generator CPU", unit: "of a core, the busiest worker", format: (v) => percent(v),
      limits: [opening.limits.cpu], range: (u, low, high) => [0, Math.max(1, (high ?? 0) * 1.05)], lines: [{ label: "CPU", of: (p) => p.cpu }] }),
    lag: new Chart(place, { title: "Schedule lag p99", unit: "starts later than planned though a shopper was free, logarithmic", format: duration, log: true,
      limits: [opening.limits.lag_p99_s], lines: [{ label: "lag p99", of: (p) => p.lag_p99 }] }),
  };
}

/** Arrivals a second as planned, at a run second. */
const planLine = (plan) => (s) => {
  for (let i = 0; i + 1 < plan.length; i += 2) {
    const [[from, a], [to, b]] = [plan[i], plan[i + 1]];
    if (s >= from && s < to) return a + ((b - a) * (s - from)) / (to - from);
  }
  return null;
};

function redraw() {
  // Events may come in a burst after a pause: drawn once, when the screen is.
  if (!drawn) return;
  drawn = false;
  requestAnimationFrame(() => { drawn = true; if (state.opening) draw(); });
}

function draw() {
  const { opening, points, frame } = state;
  const last = points.at(-1)?.at_s ?? 0;
  bands.endsAt = Math.max(opening.duration_s, last);
  [bands.faults, bands.marks] = faultsOf(state.events);
  charts.operations.setLines(busiest(points).map((name) => ({ label: name, of: (p) => p.operations[name] })));
  for (const chart of Object.values(charts)) chart.show(points);
  if (frame) showFrame(opening, frame);
}

function faultsOf(events) {
  const faults = [], marks = [];
  for (const event of events) {
    if (event.kind === "fault_started") faults.push({ kind: event.text, from_s: event.at, to_s: null });
    else if (event.kind === "fault_ended") { const open = faults.find((f) => f.kind === event.text && f.to_s == null); if (open) open.to_s = event.at; }
    else marks.push(event);
  }
  return [faults, marks];
}

/** The slowest operations: those somebody will ask about. */
function busiest(points) {
  const worst = new Map();
  for (const point of points) for (const [name, p95] of Object.entries(point.operations)) worst.set(name, Math.max(worst.get(name) ?? 0, p95 ?? 0));
  return [...worst].sort((a, b) => b[1] - a[1]).slice(0, LINES_MAX).map(([name]) => name).sort();
}

let spokenPhase = "";

function showFrame(opening, frame) {
  const { point, arrivals } = frame;
  say("phase", frame.phase);
  say("clock", frame.clock);
  say("ran", `${clockOf(frame.at_s)} of ${clockOf(opening.duration_s)}`);
  at("done").style.width = `${Math.min(100, (100 * frame.at_s) / opening.duration_s)}%`;
  for (const part of at("track").querySelectorAll("span")) part.classList.toggle("current", part.textContent === frame.phase);
  const missed = frame.thresholds.filter((one) => one.result === "FAIL").length;
  const spoken = `Phase ${frame.phase}. ${missed ? `${missed} of ${frame.thresholds.length} thresholds missed.` : "No threshold missed."}`;
  if (spoken !== spokenPhase) say("spoken", (spokenPhase = spoken));
  figures(opening, frame, point, arrivals, missed);
  tables(opening, frame);
}

function figures(opening, frame, point, arrivals, missed) {
  const held = frame.thresholds.filter((one) => one.result === "PASS").length;
  const dropped = arrivals.offered ? arrivals.dropped / arrivals.offered : 0;
  const rows = [
    ["offered", count(arrivals.offered), `${perSecond(point.offered)} in this second`],
    ["started", count(arrivals.started), `${perSecond(point.started)} in this second`],
    ["completed", count(arrivals.completed), `${count(arrivals.failed)} failed, ${count(arrivals.unfinished)} unfinished`],
    ["waiting", count(frame.waiting), `${count(frame.in_shop)} of ${count(frame.shoppers)} inside`, frame.waiting ? "warn" : ""],
    ["dropped", count(arrivals.dropped), percent(dropped, 2), dropped > opening.limits.dropped ? "bad" : ""],
    ["response p95", duration(frame.response.p95), `in ${frame.phase}`],
    ["response p99", duration(frame.response.p99), `p50 ${duration(frame.response.p50)}`],
    ["requests", count(frame.requests), `${perSecond(point.requests)} in this second`],
    ["refused", count(frame.refused), `${perSecond(point.refused)} in this second`],
    ["failed", count(frame.failed), `${perSecond(point.failed)} in this second`, frame.failed ? "bad" : ""],
    ...(opening.shops || frame.counts_business ? [
      ["orders", count(frame.business.orders), `${perSecond(point.orders)} in this second`],
      ["paid", count(frame.business.payments), `${perSecond(point.payments)} in this second`],
      ["GMV", yuan(frame.business.gmv_fen), `${yuan(point.gmv_fen)} in this second`],
    ] : []),
    ["thresholds", `${held}/${frame.thresholds.length}`, missed ? `${missed} missed` : held === frame.thresholds.length ? "all hold so far" : `${frame.thresholds.length - held} without data`, missed ? "bad" : ""],
    ["generator", percent(point.cpu), `lag p99 ${duration(frame.lag_p99_s)}`, point.cpu > opening.limits.cpu ? "bad" : ""],
    ["workers", `${frame.workers.length}/${opening.workers}`, frame.workers.length < opening.workers ? "not all report" : "all report", frame.workers.length < opening.workers && state.stage === "running" ? "bad" : ""],
  ];
  at("figures").replaceChildren(...rows.map(([name, value, more, tone = ""]) => {
    const box = element("div", null, { class: tone, "data-figure": name });
    const shown = element("dd", value);
    shown.append(element("span", more, { class: "of" }));
    box.append(element("dt", name), shown);
    return box;
  }));
}

const fill = (id, rows) => document.querySelector(`#${id} tbody`).replaceChildren(...rows);
const head = (text) => element("th", text, { scope: "row", title: text });

// The run does not say by how much more than its whole limit a threshold is missed.
const toSpare = (margin) => (margin == null ? "–" : margin <= -1 ? "≤ -100 %" : percent(margin));

function tables(opening, frame) {
  fill("thresholds", opening.thresholds.map((meant, index) => {
    const seen = frame.thresholds[index];
    const spare = element("td", toSpare(seen.margin));
    if (seen.margin != null) {
      const bar = element("meter", null, { min: -1, max: 1, low: 0, optimum: 1, "aria-hidden": "true" });
      bar.value = seen.margin;
      spare.append(" ", bar);
    }
    return row("td", [head(meant.selector), meant.expression, quantity(seen.observed, meant.unit), spare, element("td", MARKS[seen.result], { class: TONES[seen.result] })]);
  }));
  const times = (t) => [duration(t.p50), duration(t.p95), duration(t.p99)];
  fill("operations", frame.operations.map((one) => {
    const made = row("td", [head(one.operation), count(one.requests), count(one.refused), element("td", count(one.failed), { class: one.failed ? "bad" : "" }), ...times(one.response), duration(one.service.p95)]);
    made.dataset.operation = one.operation;
    return made;
  }));
  say("unseen", frame.operations_unseen ? `and ${frame.operations_unseen} more operations with fewer requests` : "");
  fill("phases", frame.by_phase.map((one) => row("td", [head(one.phase), count(one.offered), count(one.completed), element("td", count(one.failed), { class: one.failed ? "bad" : "" }), count(one.dropped), count(one.unfinished), duration(one.response.p95), duration(one.response.p99)])));
  fill("workers", frame.workers.map((one) => row("td", [head(String(one.worker)), percent(one.cpu), duration(one.stall_s), count(one.shoppers), count(one.in_shop), count(one.waiting)])));
  fill("events", state.events.slice(-40).reverse().map((one) => row("td", [head(clockOf(one.at)), one.kind.replaceAll("_", " "), one.text])));
}

function selector({ metric, labels }) {
  const inside = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(",");
  return inside ? `${metric}{${inside}}` : metric;
}

function showVerdict(verdict) {
  const place = at("verdict");
  const tone = { PASS: "good", INVALID: "warn" }[verdict.verdict] ?? "bad";
  const missed = verdict.thresholds.filter((one) => one.result !== "PASS");
  const reasons = [
    ...verdict.audit.violations.slice(0, 10).map((one) => `broken: ${one.invariant}: ${one.message}`),
    ...verdict.validity.reasons.map((one) => `invalid: ${one.message}`),
    ...(verdict.aborted ? [`stopped: ${verdict.aborted}`] : []),
    ...missed.map((one) => `${one.result === "FAIL" ? "missed" : "no data"}: ${selector(one)}: ${one.expression}${one.observed == null ? "" : `, was ${quantity(one.observed, one.unit)}`}`),
    `${verdict.thresholds.length - missed.length} of ${verdict.thresholds.length} thresholds hold`,
    ...(verdict.audit.checked ? [`${verdict.audit.checked} invariants audited`] : []),
    ...verdict.notes.slice(0, 3),
  ];
  place.className = tone;
  const list = element("ul");
  list.append(...reasons.map((reason) => element("li", reason)));
  place.replaceChildren(element("strong", verdict.verdict), element("span", `${verdict.run}, exit code ${verdict.exit_code}${verdict.partial ? ", cut short" : ""}`), list);
}
