// How figures are written: the same words and digits as on the terminal, in the verdict and in Locust's tabs.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (n) => (n == null ? "–" : whole.format(n));
export const perSecond = (n) => (n == null ? "–" : n >= 100 || Number.isInteger(n) ? whole.format(n) : n.toFixed(1));

const digits = (value, significant) => String(Number(value.toPrecision(significant)));

export function duration(seconds) {
  if (seconds == null) return "no data";
  if (Math.abs(seconds) >= 1) return `${digits(seconds, 4)} s`;
  return `${digits(seconds * 1e3, 3)} ms`;
}

export function quantity(value, unit) {
  if (value == null) return "no data";
  switch (unit) {
    case "s": return duration(value);
    case "ratio": case "share": return `${digits(value * 100, 3)} %`;
    case "fen": return yuan(value, 2);
    case "fen_per_s": return `${yuan(value, 2)} /s`;
    case "per_s": return `${Math.abs(value) < 1e4 ? digits(value, 4) : whole.format(value)} /s`;
    default: return Math.abs(value) < 1e4 ? digits(value, 4) : whole.format(value);
  }
}

export const yuan = (fen, decimals = 0) => fen == null ? "–"
  : `¥${(fen / 100).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}`;

export const percent = (share, decimals = 0) => (share == null ? "–" : `${(share * 100).toFixed(decimals)} %`);

export function clockOf(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(s / 60), hours = Math.floor(minutes / 60);
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes % 60)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

export function say(id, text) {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
}

export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text != null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
