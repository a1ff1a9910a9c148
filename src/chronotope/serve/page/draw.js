// Maps and series as SVG, drawn anew for the width that there is.

const NS = "http://www.w3.org/2000/svg";
const STOPS = ["#2c3e86", "#2b6ea6", "#2a9aa0", "#5fbf86", "#b6d65c", "#f2e35a"]; // dark to light, in every kind of sight

function node(name, attributes = {}, text = "") {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== "") made.textContent = text;
  return made;
}

export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size >= 10000) return Math.round(value).toLocaleString("en");
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 1000 ? 5 : 4)));
}

export function stamp(text, from = null) {
  const [day, clock] = text.split("T");
  const hour = clock ? clock.slice(0, 5) : "00:00";
  if (from !== null && from.split("T")[0] === day) return hour;
  return hour === "00:00" ? day : `${day} ${hour}`;
}

const extent = (values) => {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : low === high ? [low - Math.max(Math.abs(low) * 0.05, 0.5), high + Math.max(Math.abs(high) * 0.05, 0.5)] : [low, high];
};

function colour(share) {
  const at = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const i = Math.min(Math.floor(at), STOPS.length - 2);
  const mix = [1, 3, 5].map((k) => {
    const [a, b] = [STOPS[i], STOPS[i + 1]].map((stop) => parseInt(stop.slice(k, k + 2), 16));
    return Math.round(a + (b - a) * (at - i));
  });
  return `rgb(${mix.join(",")})`;
}

function nice(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * size).find((one) => one >= raw) || raw;
  const made = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) made.push(Number(tick.toPrecision(10)));
  return made;
}

const spacing = (values) => {
  const sorted = [...new Set(values.map((value) => Number(value.toFixed(6))))].sort((a, b) => a - b);
  let least = Infinity;
  for (let i = 1; i < sorted.length; i++) least = Math.min(least, sorted[i] - sorted[i - 1]);
  return [least, sorted.length];
};

// A map of `values` (a number a place, or null for plain dots); `pick(i)` is called with the place that was clicked.
export function map(figure, picture, values, chosen, caption, pick, range = null) {
  figure.replaceChildren();
  figure.hidden = !picture.east || !picture.east.length;
  if (figure.hidden) return;
  const width = Math.max(figure.clientWidth, 260);
  const [west, eastmost] = extent(picture.east);
  const [south, north] = extent(picture.north);
  const squeeze = picture.geographic ? Math.max(Math.cos((((south + north) / 2) * Math.PI) / 180), 0.2) : 1;
  const [dx, columns] = spacing(picture.east);
  const [dy, rows] = spacing(picture.north);
  const isGrid = (picture.shape || []).length === 2 && columns * rows <= picture.east.length * 1.05;
  const pad = isGrid ? 0.5 : 0;
  const spanX = (eastmost - west + (isGrid ? 2 * pad * dx : 0)) * squeeze;
  const spanY = north - south + (isGrid ? 2 * pad * dy : 0);
  const top = 6;
  const room = { left: 8, right: 8, bottom: 8 };
  const inner = width - room.left - room.right;
  const scale = Math.min(inner / spanX, 360 / spanY);
  const height = Math.max(spanY * scale, 60);
  const offset = room.left + (inner - spanX * scale) / 2;
  const lift = top + (height - spanY * scale) / 2;
  const x = (east) => offset + ((east - west) * squeeze + (isGrid ? pad * dx * squeeze : 0)) * scale;
  const y = (lat) => lift + (north - lat + (isGrid ? pad * dy : 0)) * scale;
  const svg = node("svg", { viewBox: `0 0 ${width} ${height + top + room.bottom}`, role: "img", "aria-label": caption });
  const [low, high] = range || extent(values || []);
  const radius = Math.max(2.2, Math.min(7, Math.sqrt((inner * height) / picture.east.length) / 4));
  picture.east.forEach((east, i) => {
    const value = values ? values[i] : null;
    const fill = value === null || value === undefined ? null : colour((value - low) / (high - low));
    const shape = isGrid
      ? node("rect", { x: x(east) - (dx * squeeze * scale) / 2 - 0.2, y: y(picture.north[i]) - (dy * scale) / 2 - 0.2, width: dx * squeeze * scale + 0.4, height: dy * scale + 0.4 })
      : node("circle", { cx: x(east), cy: y(picture.north[i]), r: radius });
    shape.setAttribute("class", `spot${isGrid ? " cell" : ""}${fill ? "" : values ? " none" : " plain"}`);
    if (fill) shape.setAttribute("fill", fill);
    const name = picture.places[i];
    if (name !== undefined) {
      shape.append(node("title", {}, values ? `${name}: ${number(value)} ${picture.units || ""}` : name));
      shape.addEventListener("click", () => pick(i));
    }
    svg.append(shape);
  });
  if (chosen !== null && picture.places.length) {
    const spot = { cx: x(picture.east[chosen]), cy: y(picture.north[chosen]), r: radius + 3 };
    svg.append(node("circle", { ...spot, class: "under" }), node("circle", { ...spot, class: "ring" }));
  }
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.append(words, svg);
  if (values) figure.append(scaleOf(low, high, picture.units, width));
}

function scaleOf(low, high, units, width) {
  const svg = node("svg", { viewBox: `0 0 ${width} 34`, "aria-hidden": "true" });
  const long = Math.min(width - 16, 260);
  STOPS.slice(0, -1).forEach((_, i) => {
    for (let k = 0; k < 8; k++) {
      const share = (i + k / 8) / (STOPS.length - 1);
      svg.append(node("rect", { x: 8 + share * long, y: 4, width: long / (8 * (STOPS.length - 1)) + 0.6, height: 9, fill: colour(share) }));
    }
  });
  svg.append(node("text", { x: 8, y: 28 }, number(low)), node("text", { x: 8 + long, y: 28, "text-anchor": "end" }, `${number(high)}${units ? ` ${units}` : ""}`));
  return svg;
}

// The series of place `i`: what was read, and the answer with its interval where there is one; `step` is marked.
export function series(figure, picture, i, step, caption) {
  figure.replaceChildren();
  const width = Math.max(figure.clientWidth, 260);
  const at = (rows) => (rows || []).map((row) => row[i]);
  const times = picture.times || [];
  const kept = times.length ? -Math.max(24, times.length * 5) : 0; // as much of the past as leaves room for the answer
  const past = at(picture.past).slice(kept);
  const pastTimes = (picture.past_times || []).slice(kept);
  const levels = Object.keys(picture.answer || {}).sort((a, b) => a - b);
  const answers = levels.map((level) => at(picture.answer[level]));
  const truth = at(picture.truth);
  const all = [...pastTimes, ...times];
  figure.hidden = !all.length;
  if (figure.hidden) return;
  const clock = all.map((text) => Date.parse(`${text}Z`));
  const [first, last] = [Math.min(...clock), Math.max(...clock)];
  const [low, high] = extent([...past, ...truth, ...answers.flat()]);
  const margin = (high - low) * 0.06;
  const bottom = low >= 0 && low - margin < 0 ? 0 : low - margin;
  const ticks = nice(bottom, high + margin, 5);
  const left = 14 + 7 * Math.max(...ticks.map((tick) => number(tick).length));
  const [top, height, right] = [20, 240, 12];
  const x = (when) => left + ((when - first) / (last - first || 1)) * (width - left - right);
  const y = (value) => top + ((high + margin - value) / (high + margin - bottom)) * height;
  const svg = node("svg", { viewBox: `0 0 ${width} ${top + height + 40}`, role: "img", "aria-label": caption });
  for (const tick of ticks) {
    svg.append(node("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "rule" }));
    svg.append(node("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, number(tick)));
  }
  svg.append(node("text", { x: 0, y: 11 }, picture.units ? `${picture.variable} (${picture.units})` : picture.variable));
  axis(svg, all, clock, x, { left, width: width - right, y: top + height });
  const lineAt = (stamps, values, kind) => trace(svg, stamps.map((text) => x(Date.parse(`${text}Z`))), values.map((value) => (value === null ? null : y(value))), kind);
  lineAt(pastTimes, past, "past");
  if (answers.length > 1) band(svg, times.map((text) => x(Date.parse(`${text}Z`))), answers[0].map((v) => v === null ? null : y(v)), answers.at(-1).map((v) => v === null ? null : y(v)));
  if (answers.length) lineAt(times, answers[Math.floor(answers.length / 2)], "median");
  if (truth.some((value) => value !== null && value !== undefined)) lineAt(times, truth, picture.flag ? "past" : "truth");
  (picture.flag || []).forEach((row, k) => {
    if (row[i] && truth[k] !== null) svg.append(node("circle", { cx: x(Date.parse(`${times[k]}Z`)), cy: y(truth[k]), r: 5, class: "flag" }));
  });
  if (times.length && step !== null) {
    const when = x(Date.parse(`${times[step]}Z`));
    svg.append(node("line", { x1: when, x2: when, y1: top, y2: top + height, class: "now" }));
  }
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.append(words, svg, key(picture, levels, truth));
}

// Round moments between two, `count` at most: minutes to weeks by their length, months and years by the calendar.
function moments(from, to, count) {
  const [hour, day] = [36e5, 864e5];
  const sizes = [1, 2, 5, 10, 15, 30].map((k) => k * 6e4).concat([1, 2, 3, 6, 12].map((k) => k * hour), [1, 2, 3, 7, 14].map((k) => k * day));
  const size = sizes.find((one) => (to - from) / one <= count);
  const made = [];
  if (size) {
    for (let tick = Math.ceil(from / size) * size; tick <= to; tick += size) made.push(tick);
    return [size, made];
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000].find((k) => (to - from) / (k * 30.44 * day) <= count) || 60000;
  const first = new Date(from);
  for (let k = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months; ; k += months) {
    const tick = Date.UTC(Math.floor(k / 12), k % 12, 1);
    if (tick > to) return [months * 30.44 * day, made];
    if (tick >= from) made.push(tick);
  }
}

function axis(svg, all, clock, x, room) {
  svg.append(node("line", { x1: room.left, x2: room.width, y1: room.y, y2: room.y, class: "axis" }));
  const [from, to] = [Math.min(...clock), Math.max(...clock)];
  const day = 864e5;
  const span = to - from;
  const wide = span < 3 * day ? 46 : 84;
  const count = Math.max(1, Math.floor((room.width - room.left) / wide));
  const [size, ticks] = moments(from, to, count);
  let before = "";
  for (const tick of ticks) {
    const text = new Date(tick).toISOString();
    const [date, hour] = [text.slice(0, 10), text.slice(11, 16)];
    const where = Math.min(Math.max(x(tick), room.left + 14), room.width - 14);
    svg.append(node("line", { x1: x(tick), x2: x(tick), y1: room.y, y2: room.y + 4, class: "axis" }));
    if (size < day) {
      svg.append(node("text", { x: where, y: room.y + 17, "text-anchor": "middle" }, hour));
      if (date !== before) svg.append(node("text", { x: Math.min(Math.max(where, room.left + 32), room.width - 32), y: room.y + 32, "text-anchor": "middle" }, date));
    } else {
      const inside = Math.min(Math.max(x(tick), room.left + 20), room.width - 34);
      svg.append(node("text", { x: inside, y: room.y + 17, "text-anchor": "middle" }, size >= 365 * day ? date.slice(0, 4) : size >= 28 * day ? date.slice(0, 7) : date));
    }
    before = date;
  }
}

function trace(svg, xs, ys, kind) {
  let path = "";
  let open = false;
  ys.forEach((value, k) => {
    if (value === null || value === undefined) {
      open = false;
      return;
    }
    const alone = !open && (k + 1 >= ys.length || ys[k + 1] === null || ys[k + 1] === undefined);
    if (alone) svg.append(node("circle", { cx: xs[k], cy: value, r: 2.6, class: `dot ${kind}` }));
    path += `${open ? "L" : "M"}${xs[k].toFixed(1)},${value.toFixed(1)}`;
    open = true;
  });
  if (path) svg.append(node("path", { d: path, class: kind }));
}

function band(svg, xs, low, high) {
  let run = [];
  const close = () => {
    if (run.length === 1) {
      svg.append(node("line", { x1: xs[run[0]], x2: xs[run[0]], y1: low[run[0]], y2: high[run[0]], class: "bar" }));
    } else if (run.length) {
      const there = run.map((k) => `${xs[k].toFixed(1)},${high[k].toFixed(1)}`);
      const back = [...run].reverse().map((k) => `${xs[k].toFixed(1)},${low[k].toFixed(1)}`);
      svg.append(node("polygon", { points: [...there, ...back].join(" "), class: "band" }));
    }
    run = [];
  };
  xs.forEach((_, k) => (low[k] === null || high[k] === null ? close() : run.push(k)));
  close();
}

function key(picture, levels, truth) {
  const made = document.createElement("p");
  made.className = "key";
  const share = levels.length > 1 ? Math.round((levels.at(-1) - levels[0]) * 100) : 0;
  const marks = (picture.past || []).length || picture.flag ? [["past", "observed"]] : [];
  if (levels.length) marks.push(["median", picture.flag || levels.length === 1 ? "expected" : "median"]);
  if (share) marks.push(["band", picture.flag ? "expected interval" : `${share} of 100 fall inside`]);
  if (!picture.flag && truth.some((value) => value !== null && value !== undefined)) marks.push(["truth", "came true"]);
  if (picture.flag) marks.push(["flag", "surprising"]);
  for (const [kind, words] of marks) {
    const span = document.createElement("span");
    const mark = document.createElement("i");
    mark.className = `k-${kind}`;
    span.append(mark, words);
    made.append(span);
  }
  return made;
}
