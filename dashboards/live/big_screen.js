// The big screen: the day's sum, counting up, and what it is made of. For an audience.

import { follow, showSilence, themeButton } from "./events.js";
import { forget, showSystems } from "./systems.js";
import { count, element, percent, perSecond, say, yuan } from "./figures.js";

const SECOND_MS = 1000;
const ROWS_SHOWN = 6;
const ROW_REM = 1.92;
const SPEAK_EVERY_S = 30;
const STATES = ["created", "picked", "packed", "sorted", "in_transit", "arrived", "delivered"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const at = document.getElementById.bind(document);

let opening = null, points = [], counts = true, spokenAt = -Infinity;
const sum = { from: 0, to: 0, since: 0 };

themeButton();
follow({
  run: (met) => {
    if (opening?.run !== met.run) { Object.assign(sum, { from: 0, to: 0 }); forget(); for (const id of ["categories", "cities", "parcels", "abroad", "systems"]) at(`${id}-part`).classList.add("hidden"); say("books", ""); }
    opening = met;
    points = [];
    say("profile", met.profile);
    document.title = `${met.profile} · big screen`;
  },
  history: (told) => { points = told.points; curve(); },
  second: (frame) => {
    if (!frame.known) points.push(frame.point);
    if (points.length > 3600) points = points.filter((_, index) => index % 2);
    show(frame);
  },
  board,
  verdict: (verdict) => { say("phase", "over"); say("clock", verdict.verdict); },
  silence: showSilence,
});

function show(frame) {
  const { point, business } = frame;
  counts = frame.counts_business;
  say("phase", frame.phase);
  say("clock", frame.clock);
  say("hero-name", counts ? "GMV 成交额" : "Requests answered");
  const now = counts ? business.gmv_fen : frame.requests;
  Object.assign(sum, { from: shown(), to: now, since: performance.now() });
  if (frame.at_s - spokenAt >= SPEAK_EVERY_S) { spokenAt = frame.at_s; say("spoken", `${at("hero-name").textContent}: ${written(now)}`); }
  const pulse = counts
    ? [["orders a second", perSecond(point.orders)], ["orders", count(business.orders)], ["paid", count(business.payments)], ["shoppers in the shop", count(frame.in_shop)], ["visits", count(frame.arrivals.started)]]
    : [["requests a second", perSecond(point.requests)], ["visitors a second", perSecond(point.started)], ["visitors", count(frame.arrivals.started)], ["in the shop", count(frame.in_shop)]];
  at("pulse").replaceChildren(...pulse.map(([name, value]) => {
    const box = element("div");
    box.append(element("dt", name), element("dd", value));
    return box;
  }));
  curve();
}

const written = (value) => (counts ? yuan(value) : count(value));

/** The sum between two seconds: it climbs evenly to what is known, and never beyond. */
function shown() {
  const share = calm.matches ? 1 : Math.min(1, (performance.now() - sum.since) / SECOND_MS);
  return sum.from + (sum.to - sum.from) * share;
}

function climb() {
  say("hero", written(Math.round(shown())));
  requestAnimationFrame(climb);
}
climb();

function curve() {
  if (!opening || !points.length) return;
  const value = (p) => (counts ? p.gmv_fen : p.requests);
  const most = Math.max(1, ...points.map(value));
  const ends = Math.max(opening.duration_s, points.at(-1).at_s);
  const steps = points.map((p) => `${((1000 * p.at_s) / ends).toFixed(1)} ${(98 - (92 * value(p)) / most).toFixed(1)}`);
  const path = `M0 98L${steps.join("L")}`;
  at("line").setAttribute("d", path);
  at("area").setAttribute("d", `${path}V100H0Z`);
  const best = points.reduce((a, b) => (value(b) > value(a) ? b : a));
  say("curve-note", `second by second; the best was ${written(value(best))} in one second, ${Math.round(best.at_s)} s into the run`);
}

function board(sales) {
  showSystems(at("systems"), at("systems-part"), sales.systems);
  race("categories", sales.categories);
  race("cities", sales.cities);
  at("parcels-part").classList.remove("hidden");
  const reached = STATES.filter((name) => name in sales.parcels);
  at("parcels").replaceChildren(...reached.map((name) => {
    const step = element("li");
    step.append(element("b", count(sales.parcels[name])), element("span", name.replaceAll("_", " ")));
    return step;
  }));
  at("abroad-part").classList.remove("hidden");
  const share = sales.gmv_fen ? sales.cross_border_fen / sales.gmv_fen : 0;
  say("abroad", percent(share, 1));
  at("abroad-bar").value = share;
  say("abroad-note", `${yuan(sales.cross_border_fen)} of what was paid, with its duty`);
  say("books", `by the shop's own books ${yuan(sales.gmv_fen)} in ${count(sales.orders)} paid ${sales.orders === 1 ? "order" : "orders"}`);
}

/** Bars that overtake one another: rows are kept by name and moved to their rank. */
function race(id, sales) {
  const place = at(id), top = sales.slice(0, ROWS_SHOWN);
  at(`${id}-part`).classList.toggle("hidden", !top.length);
  const most = top[0]?.gmv_fen || 1;
  const rows = new Map([...place.children].map((row) => [row.dataset.name, row]));
  for (const [name, row] of rows) if (!top.some((one) => one.name === name)) row.remove();
  top.forEach((one, rank) => {
    let row = rows.get(one.name);
    if (!row) {
      row = element("li", null, { "data-name": one.name });
      row.append(element("span", one.name, { title: one.name }), element("i", null, { class: "bar", "aria-hidden": "true" }), element("b"));
      place.append(row);
    }
    row.style.transform = `translateY(${rank * ROW_REM}rem)`;
    row.children[1].style.transform = `scaleX(${one.gmv_fen / most})`;
    row.children[2].textContent = yuan(one.gmv_fen);
  });
  // In the document too the largest comes first, for those who hear the list.
  if (top.some((one, rank) => place.children[rank].dataset.name !== one.name)) place.append(...top.map((one) => [...place.children].find((row) => row.dataset.name === one.name)));
}
