// Draws the report's charts from the data in the page, sorts its tables, and follows light, dark and print.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const written = data.seconds;
  const seconds = Array.isArray(written) ? written : Array.from({ length: written.count }, (_, i) => written.first + i);
  const byId = (id) => document.getElementById(id);
  const colour = (role) => getComputedStyle(document.body).getPropertyValue(`--${role}`).trim();
  const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  // What a run second stands for on the festival's clock; empty for a run without a shape.
  function clock(at) {
    const day = data.day;
    if (day.length < 2) return "";
    let i = day.findIndex(([run]) => run > at);
    if (i < 1) i = i === 0 ? 1 : day.length - 1;
    const [[run0, day0], [run1, day1]] = [day[i - 1], day[i]];
    const into = Math.min(1, Math.max(0, (at - run0) / (run1 - run0)));
    let s = Math.floor(day0 + into * (day1 - day0));
    const eve = s < 0 ? "eve " : "";
    if (s < 0) s += 86400;
    const two = (n) => String(n).padStart(2, "0");
    return `${eve}${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  }
  const phaseAt = (at) => (data.phases.find((p) => at >= p.from && at < p.to) || { name: at < data.phases[0]?.from ? "before" : "drain" }).name;
  const where = (at) => escaped([`${at} s`, phaseAt(at), clock(at)].filter(Boolean).join(" · "));

  function bands(labelled) {
    const whole = Math.max(1, (seconds[seconds.length - 1] || 0) - (seconds[0] || 0));
    const shapes = [], annotations = [];
    data.phases.forEach((phase, i) => {
      if (i % 2) shapes.push({ type: "rect", xref: "x", yref: "paper", x0: phase.from, x1: phase.to, y0: 0, y1: 1, line: { width: 0 }, fillcolor: colour("band"), layer: "below" });
      if (labelled && (phase.to - phase.from) / whole > 0.055) {
        annotations.push({ xref: "x", yref: "paper", x: (phase.from + phase.to) / 2, y: 1, yanchor: "bottom", showarrow: false, text: escaped(phase.name.replace(/_/g, " ")), font: { size: 12, color: colour("soft") } });
      }
    });
    data.faults.forEach((fault) => {
      shapes.push({ type: "rect", xref: "x", yref: "paper", x0: fault.from, x1: fault.to, y0: 0, y1: 1, line: { width: 1, color: colour("bad"), dash: "dot" }, fillcolor: colour("bad"), opacity: 0.13, layer: "below" });
      if (labelled) annotations.push({ xref: "x", yref: "paper", x: fault.from, y: 0.01, yanchor: "bottom", xanchor: "left", showarrow: false, text: `fault: ${escaped(fault.name)}`, font: { size: 12, color: colour("bad") } });
    });
    data.marks.slice(0, 12).forEach((mark) => {
      shapes.push({ type: "line", xref: "x", yref: "paper", x0: mark.at, x1: mark.at, y0: 0, y1: 1, line: { width: 1, color: colour("accent"), dash: "dash" } });
    });
    return { shapes, annotations };
  }

  function layout(unit, { labelled = false, logarithmic = false, until = 0 } = {}) {
    const font = { family: getComputedStyle(document.body).fontFamily, size: 13, color: colour("soft") };
    const axis = { gridcolor: colour("line"), linecolor: colour("line"), zeroline: false, fixedrange: false, automargin: true };
    return {
      ...bands(labelled), font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 56, r: 12, t: labelled ? 26 : 8, b: 34 }, hovermode: "x unified",
      hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { ...font, color: colour("ink") } },
      legend: { orientation: "h", y: -0.12, x: 0, yanchor: "top", font },
      xaxis: { ...axis, ticksuffix: " s", showgrid: false, range: [seconds[0] || 0, Math.max((seconds[seconds.length - 1] || 0) + 0.5, until, 1)], nticks: 8 },
      yaxis: { ...axis, ticksuffix: unit ? ` ${unit}` : "", type: logarithmic ? "log" : "linear", rangemode: "tozero", nticks: 6, tickformat: logarithmic ? "" : "," },
    };
  }

  function trace(line, unit) {
    const x = line.x || seconds;
    const look = { plan: { dash: "dot", width: 2 }, mild: { width: 1.5 } }[line.role] || { width: 1.8 };
    const service = line.name.startsWith("service");
    return {
      type: "scatter", mode: x.length > 1 ? "lines" : "markers", name: escaped(line.name), x, y: line.y, connectgaps: false,
      line: { ...look, color: colour(service ? "plan" : line.role), dash: service ? "dot" : look.dash || "solid" },
      customdata: x.map(where), hovertemplate: `%{y:,} ${unit}`,
    };
  }

  const drawn = new Map();
  const settings = { displayModeBar: false, responsive: true };
  function draw(id, lines, unit, options) {
    const element = byId(`chart-${id}`);
    if (!element) return;
    drawn.set(id, () => {
      const traces = lines().map((line) => trace(line, unit));
      const extra = options ? options() : {};
      const page = layout(unit, extra);
      if (traces.length) traces[0].hovertemplate += "<extra>%{fullData.name}</extra>";
      page.xaxis.unifiedhovertitle = { text: "<b>%{customdata}</b>" };
      return Plotly.react(element, traces, page, settings);
    });
    drawn.get(id)();
  }

  const choice = byId("operation"), logarithmic = byId("logarithmic");
  data.response.operations.forEach((operation) => choice.add(new Option(operation || "all operations", operation)));
  draw("arrivals", () => data.charts.arrivals.lines, "/s", () => ({ labelled: true }));
  draw("response", () => data.response.lines[choice.value], "ms", () => ({ labelled: true, logarithmic: logarithmic.checked }));
  for (const [id, chart] of Object.entries(data.charts)) {
    // What the shop's books tell goes on after the run's last second, while they settle.
    const until = Math.max(0, ...chart.lines.flatMap((line) => line.x || []));
    if (id !== "arrivals") draw(id, () => chart.lines, chart.unit, () => ({ until }));
  }
  if (data.money) drawMoney(data.money);

  // The day's money: no run second, but the festival's hours from left to right.
  function drawMoney({ marks, curve }) {
    const hours = (points) => points.map(([s]) => s / 3600);
    const shares = (points) => points.map(([, share]) => Math.round(share * 1000) / 10);
    const clocks = [[60, "00:01"], [300, "00:05"], [900, "00:15"], [3600, "01:00"], [7200, "02:00"], [21600, "06:00"], [43200, "12:00"], [86400, "24:00"]];
    drawn.set("money", () => {
      const page = layout("%");
      Object.assign(page, { shapes: [], annotations: [] });
      page.xaxis = { ...page.xaxis, type: "log", range: [Math.log10(60 / 3600), Math.log10(28)], ticksuffix: "", tickmode: "array", nticks: 0, tickvals: clocks.map(([s]) => s / 3600), ticktext: clocks.map(([, text]) => text) };
      page.hovermode = "closest";
      return Plotly.react(byId("chart-money"), [
        { type: "scatter", mode: "lines", name: "this run", x: hours(curve), y: shares(curve), line: { width: 2, color: colour("main") }, hovertemplate: "%{y} %" },
        { type: "scatter", mode: "markers", name: "2017, published", x: hours(marks), y: shares(marks), text: marks.map(([, , text]) => escaped(text)), marker: { size: 8, color: colour("bad") }, hovertemplate: "%{text}: %{y} %" },
      ], page, settings);
    });
    drawn.get("money")();
  }
  choice.addEventListener("change", () => drawn.get("response")());
  logarithmic.addEventListener("change", () => drawn.get("response")());
  if (data.sparse) byId("sparse").textContent = "The run is long: of each stretch the lowest and the highest second is drawn, nothing is averaged.";
  const marks = data.marks.slice(0, 12);
  if (marks.length) byId("sparse").textContent += ` Dashed: ${marks.map((m) => `${m.at} s, ${m.text}`).join("; ")}.`;

  const redraw = () => drawn.forEach((again) => again());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  const resize = (width) => drawn.forEach((_, id) => {
    const element = byId(`chart-${id}`);
    Plotly.relayout(element, width ? { width: Math.min(element.clientWidth, width), autosize: false } : { width: null, autosize: true });
  });
  const print = (printing, width) => {
    document.documentElement.classList.toggle("printing", printing);  // paper is light
    redraw();
    resize(width);
  };
  addEventListener("beforeprint", () => print(true, 680));
  addEventListener("afterprint", () => print(false, 0));

  const phase = byId("phase");
  function filter() {
    byId("operation-table").querySelectorAll("tbody tr").forEach((row) => {
      row.hidden = phase.value !== "*" && row.dataset.phase !== phase.value;
    });
  }
  if (phase) { phase.addEventListener("change", filter); filter(); }

  const value = (row, column) => {
    const cell = row.cells[column], written = cell.dataset.v;
    if (written === undefined) return cell.textContent.trim().toLowerCase();
    return written === "" ? -Infinity : Number(written);
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && !head.classList.contains("n"));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].sort((a, b) => {
          const [left, right] = [value(a, column), value(b, column)];
          const order = left < right ? -1 : left > right ? 1 : 0;
          return rising ? order : -order;
        });
        table.tBodies[0].append(...rows);
      });
    });
  });
})();
