// The strip of the shop's systems: what each is at now, with a line of how its first figure went in the last minutes.

import { count, duration, element, yuan } from "./figures.js";

const KEPT = 180;
const went = new Map();

const written = (name, value) => (name.endsWith("_yuan") ? yuan(value * 100) : name.endsWith("_s") ? duration(value) : count(value));
const label = (name) => name.replace(/_(yuan|s)$/, "").replaceAll("_", " ");

export function forget() { went.clear(); }

/** Draws every system's card into `place`, and hides its `part` if the shop tells of none. */
export function showSystems(place, part, systems = {}) {
  const told = Object.entries(systems).filter(([, figures]) => Object.keys(figures).length);
  part.classList.toggle("hidden", !told.length);
  place.replaceChildren(...told.map(([system, figures]) => {
    const [[first, now], ...others] = Object.entries(figures);
    const values = went.get(system) ?? [];
    values.push(now);
    if (values.length > KEPT) values.shift();
    went.set(system, values);
    const card = element("li", null, { "data-system": system });
    const rest = others.map(([name, value]) => `${label(name)} ${written(name, value)}`).join(", ");
    card.append(element("h3", system), element("b", written(first, now)), element("span", label(first)), course(values), element("small", rest));
    return card;
  }));
}

function course(values) {
  const most = Math.max(1, ...values), wide = Math.max(1, values.length - 1);
  const steps = values.map((value, at) => `${((100 * at) / wide).toFixed(1)} ${(22 - (20 * value) / most).toFixed(1)}`);
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 100 24");
  drawn.setAttribute("preserveAspectRatio", "none");
  drawn.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${steps.join("L")}`);
  drawn.append(path);
  return drawn;
}
