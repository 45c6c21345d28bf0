// Follows a run: server-sent events, found again by themselves after a loss; says how long nothing was heard.

const NAMES = ["run", "history", "stage", "second", "board", "verdict", "beat"];
const AGAIN_MS = 2000;
const AFTER_THE_END_MS = 5000;

export function follow(handlers) {
  let source, over = false;
  let heardAt = performance.now();

  function open() {
    source?.close();
    source = new EventSource("/live/events");
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        heardAt = performance.now();
        over = name === "verdict" || (over && name !== "run");
        handlers[name]?.(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      // The browser tries again by itself, but not after a refusal; and after the verdict there is no hurry:
      // whatever answers on this port next is another run.
      if (over || source.readyState === EventSource.CLOSED) {
        source.close();
        setTimeout(open, over ? AFTER_THE_END_MS : AGAIN_MS);
      }
    };
  }

  open();
  setInterval(() => handlers.silence?.((performance.now() - heardAt) / 1000, over), 500);
  return { again: open };
}

const SILENT_S = 5;

export function showSilence(seconds, over) {
  const place = document.getElementById("stale");
  const silent = seconds > SILENT_S;
  place.classList.toggle("hidden", !silent);
  document.body.classList.toggle("is-stale", silent);
  // Read out once, not every second: the seconds are for the eye.
  const [sentence, since] = place.children;
  const text = !silent ? "" : over
    ? "This run is over and its server has left: these are its last figures. A new run on this port will show up here."
    : "The connection to the run is lost: these figures are old. Looking for it again …";
  if (sentence.textContent !== text) sentence.textContent = text;
  since.textContent = silent && !over ? ` ${Math.floor(seconds)} s` : "";
}

export function themeButton() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const kept = localStorage.getItem("zerohour-theme");
  if (kept) root.dataset.theme = kept;
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("zerohour-theme", root.dataset.theme);
    label();
    document.dispatchEvent(new Event("themed"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { label(); document.dispatchEvent(new Event("themed")); });
  label();
}
