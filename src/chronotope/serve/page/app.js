// The page: a file, what was understood of it, a question, the answer.

import { lines } from "./code.js";
import { map, number, series, stamp } from "./draw.js";
import { enter, job, json, part, save, Refusal } from "./server.js";

const $ = (id) => document.getElementById(id);
const VERBS = { forecast: "Forecast", impute: "Fill gaps", detect: "Find what is odd", simulate: "Draw futures", interpolate: "Read between places", downscale: "Look inside cells", embed: "Describe places", backtest: "Score on the past" };
const GOOD = { forecast: "grid graph points tracks events video", impute: "grid graph", detect: "grid graph", simulate: "grid graph", interpolate: "grid graph points", downscale: "grid", embed: "grid graph", backtest: "grid graph points tracks events" };
const KINDS = { grid: "cells of a grid", graph: "fixed places", points: "scattered measurements", tracks: "things that move", events: "events", video: "film" };
const state = { file: null, sample: null, limits: {}, read: null, facts: null, shown: null, work: null, verb: "forecast" };

// ---------------------------------------------------------------- small things

function fill(list, texts, kind = "") {
  list.replaceChildren(...texts.map((text) => {
    const item = document.createElement("li");
    item.className = kind;
    item.textContent = text;
    return item;
  }));
}

function options(select, names, first = null) {
  const before = [...select.selectedOptions].map((one) => one.value);
  const made = names.map((name) => (Array.isArray(name) ? new Option(name[1], name[0]) : new Option(name, name)));
  select.replaceChildren(...(first === null ? [] : [new Option(first, "")]), ...made);
  for (const one of select.options) one.selected = before.includes(one.value) && one.value !== "";
}

function failed(error) {
  if (error.name === "AbortError") return;
  $("error").textContent = error instanceof Refusal ? error.message : `This page made a mistake: ${error.message}.`;
  $("error").hidden = false;
  $("error").scrollIntoView({ block: "nearest" });
  if (error.status === 401) $("door").hidden = false;
  if (!(error instanceof Refusal)) console.error(error);
}

// Run one piece of work at a time: a second one ends the first.
async function working(words, work) {
  state.work?.abort();
  state.scoring?.abort();
  const control = (state.work = new AbortController());
  const since = Date.now();
  let stage = words;
  const show = () => ($("stage").textContent = `${stage} … ${Math.round((Date.now() - since) / 1000)} s`);
  const clock = setInterval(show, 500);
  $("error").hidden = true;
  $("work").hidden = false;
  show();
  const told = (now) => {
    stage = now.state === "queued" ? (now.ahead ? `waiting, ${now.ahead} before you` : "waiting") : now.stage || words;
    show();
  };
  try {
    return await work(told, control.signal);
  } catch (error) {
    if (state.work === control) failed(error);
    return null;
  } finally {
    clearInterval(clock);
    if (state.work === control) {
      $("work").hidden = true;
      state.work = null;
    }
  }
}

// ---------------------------------------------------------------- what is sent

function opening() {
  const made = {};
  for (const [name, value] of new FormData($("options"))) {
    if (value === "") continue;
    made[name] = name in made ? [].concat(made[name], value) : name === "target" ? [value] : value;
  }
  return made;
}

function body(values) {
  const form = new FormData();
  if (state.sample) form.append("file", `sample:${state.sample}`);
  else form.append("file", state.file, state.file.name);
  for (const name of ["sites", "edges"]) if ($(name).files[0]) form.append(name, $(name).files[0]);
  for (const [name, value] of Object.entries(values)) for (const one of [].concat(value)) form.append(name, one);
  return form;
}

// ---------------------------------------------------------------- 1. data

function take(file) {
  if (!file) return;
  const most = state.limits.megabytes * 1e6;
  if (most && file.size > most) {
    failed(new Refusal(`This server takes files up to ${state.limits.megabytes} MB; ${file.name} has ${(file.size / 1e6).toFixed(0)} MB. Send fewer columns or the last part.`, 413));
    return;
  }
  [state.file, state.sample] = [file, null];
  start(file.name);
}

function start(name) {
  $("options").reset();
  for (const select of document.querySelectorAll("[data-columns]")) select.replaceChildren();
  $("said-data").textContent = `${name}`;
  for (const id of ["understood", "ask", "answer"]) $(id).hidden = true;
  read();
}

async function read() {
  const values = { ...opening(), picture: true };
  const found = await working("reading", async (told, signal) => {
    const done = await job("info", body(values), told, signal);
    return Promise.all([part(done, "result.json"), part(done, "picture.json")]);
  });
  if (!found) return;
  [state.facts, state.read] = [found[0].facts, found[1]];
  showRead();
}

function showRead() {
  const { facts, read: picture } = state;
  const rows = [["kind", KINDS[facts.kind] || facts.kind], ...Object.entries(facts.text)];
  if (picture.seen) rows.push(["missing", missing(picture)]);
  $("facts").replaceChildren(...rows.flatMap(([label, text]) => {
    const [term, said] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, said.textContent] = [label, text];
    return [term, said];
  }));
  $("findings").replaceChildren();
  for (const { level, text } of [...facts.findings].sort((a, b) => (b.level === "warning") - (a.level === "warning"))) {
    const item = document.createElement("li");
    [item.className, item.textContent] = [level, text];
    $("findings").append(item);
  }
  const names = [...new Set([...(picture.columns || []), ...facts.names])];
  for (const select of document.querySelectorAll("[data-columns]")) options(select, names, select.multiple ? null : "guessed");
  options($("call").elements.variable, facts.names, facts.names.length > 1 ? "all" : facts.names[0] || "all");
  $("note-read").textContent = picture.note || "";
  for (const id of ["understood", "ask"]) $(id).hidden = false;
  offerVerbs();
  drawRead();
}

function missing(picture) {
  const mean = picture.seen.reduce((sum, one) => sum + one, 0) / picture.seen.length;
  const least = picture.seen.indexOf(Math.min(...picture.seen));
  const worst = picture.seen.length > 1 && picture.seen[least] < mean - 0.005 ? `, most at ${picture.places[least]} (${((1 - picture.seen[least]) * 100).toFixed(1)} %)` : "";
  return `${((1 - mean) * 100).toFixed(1)} % of the values${worst}`;
}

function drawRead(chosen = 0) {
  const picture = state.read;
  state.chosenRead = chosen;
  const last = picture.past ? picture.past.at(-1) : null;
  const when = picture.past_times ? `, ${stamp(picture.past_times.at(-1))}` : "";
  map($("map-read"), picture, last, picture.places?.length ? chosen : null, `${picture.variable || "positions"}${when}`, drawRead);
  if (picture.past) series($("series-read"), picture, chosen, null, picture.places.length > 1 ? `at ${picture.places[chosen]}` : "as it was read");
  else {
    $("series-read").replaceChildren();
    $("series-read").hidden = true;
  }
}

// ---------------------------------------------------------------- 3. question

function offerVerbs() {
  const fits = Object.keys(VERBS).filter((verb) => GOOD[verb].split(" ").includes(state.facts.kind) && (state.verbs || []).includes(verb));
  if (!fits.includes(state.verb)) state.verb = fits[0];
  $("verbs").replaceChildren($("verbs").firstElementChild, ...fits.map((verb) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "verb", value: verb, checked: verb === state.verb });
    label.append(input, VERBS[verb]);
    return label;
  }));
  const steps = state.facts.shape?.[0] || 48;
  const horizon = $("call").elements.horizon;
  if (!horizon.dataset.typed) horizon.value = String(Math.max(1, Math.min(12, Math.floor(steps / 4))));
  chooseVerb();
}

function chooseVerb() {
  state.verb = $("call").elements.verb.value || state.verb;
  for (const label of document.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(state.verb);
    for (const input of label.querySelectorAll("input")) input.disabled = label.hidden;
  }
  $("go").textContent = VERBS[state.verb];
}

function question(verb) {
  const form = $("call").elements;
  const values = {};
  const told = opening();
  for (const name of ["horizon", "members", "rate", "factor"]) if (!form[name].disabled) values[name] = form[name].value.trim();
  if (verb === "backtest") values.every = every(values.horizon);
  if (form.variable.value) values.target = [form.variable.value];
  if (form.model.value && verb !== "backtest") values.model = form.model.value;
  if (values.target) delete told.target;
  return { told, values };
}

// Steps between past origins, so that five fit, and up to twenty where there are few places.
function every(horizon) {
  const steps = state.facts.shape?.[0] || 48;
  const ahead = /^\d+$/.test(horizon) ? Number(horizon) : 12;
  const places = (state.facts.shape || []).slice(1).reduce((a, b) => a * b, 1);
  const origins = Math.max(5, Math.min(20, Math.floor(1000 / places)));
  return Math.max(1, ahead, Math.floor((steps * 0.6 - ahead) / origins));
}

async function go(event) {
  event?.preventDefault();
  const verb = state.verb;
  const { told, values } = question(verb);
  const at = $("call").elements.at.files[0];
  const formats = verb === "backtest" ? "json,csv" : "json,csv,nc,parquet";
  const found = await working(VERBS[verb].toLowerCase(), async (heard, signal) => {
    const form = body({ ...told, ...values, format: formats, picture: true });
    if (verb === "interpolate" && at) form.append("at", at);
    const done = await job(verb, form, heard, signal);
    return [done, ...(await Promise.all([part(done, "result.json"), part(done, "picture.json")]))];
  });
  if (!found) return;
  const [done, result, picture] = found;
  const files = Object.fromEntries(["sites", "edges"].filter((name) => $(name).files[0]).map((name) => [name, $(name).files[0].name]));
  if (verb === "interpolate" && at) files.at = at.name;
  state.shown = { verb, done, result, picture, told, values, files, place: 0, step: 0 };
  showAnswer();
}

// ---------------------------------------------------------------- 4. answer

function showAnswer() {
  const { verb, result, picture, done } = state.shown;
  $("answer").hidden = false;
  $("warnings").replaceChildren();
  fill($("warnings"), [...new Set([...result.warnings, ...done.warnings])].slice(0, 8), "warning");
  for (const id of ["scores", "table"]) $(id).replaceChildren();
  $("scores-said").textContent = "";
  $("h-scores").hidden = true;
  $("note").textContent = picture.places ? picture.note || "" : "";
  const drawn = Boolean(picture.answer);
  $("controls").hidden = !drawn;
  if (drawn) {
    options($("place"), picture.places.map((name, i) => [String(i), name]));
    $("place").value = "0";
    $("step").max = String(picture.times.length - 1);
    state.shown.step = verb === "forecast" || verb === "simulate" ? 0 : picture.times.length - 1;
    $("step").value = String(state.shown.step);
    $("step-label").hidden = picture.times.length < 2;
  }
  if (verb === "backtest") showScores(result.rows, $("table"), $("verdict"));
  else {
    $("verdict").textContent = verdict();
    if (!drawn) $("table").replaceChildren(tableOf(result.rows || [], 12));
    if (verb === "detect") $("table").replaceChildren(tableOf(flat(result.facts.events || []), 12));
  }
  drawAnswer();
  offerFiles();
  showCode();
  $("h-answer").focus({ preventScroll: true });
  $("h-answer").scrollIntoView({ block: "start" });
  if (verb === "forecast" && ["grid", "graph"].includes(state.facts.kind)) scoreToo();
}

const flat = (rows) => rows.map((row) => ({ ...row, places: Array.isArray(row.places) ? row.places.slice(0, 3).join(", ") + (row.places.length > 3 ? " …" : "") : row.places }));

// The answer in one sentence.
function verdict() {
  const { verb, result, picture, values } = state.shown;
  const unit = picture.units ? ` ${picture.units}` : "";
  if (picture.total !== undefined) {
    const end = picture.answer["0.5"].at(-1);
    state.shown.place = end.indexOf(Math.max(...end));
    $("place").value = String(state.shown.place);
    return `About ${number(picture.total)} events until ${stamp(picture.times.at(-1))}, most of them around ${picture.places[state.shown.place]}.`;
  }
  if ((verb === "forecast" || verb === "simulate") && picture.answer) {
    const levels = Object.keys(picture.answer).sort((a, b) => a - b);
    const row = (level) => picture.answer[level].at(-1);
    const place = biggest(row(levels[Math.floor(levels.length / 2)]));
    state.shown.place = place;
    $("place").value = String(place);
    const [low, mid, high] = [levels[0], levels[Math.floor(levels.length / 2)], levels.at(-1)].map((level) => number(row(level)[place]));
    const where = picture.places.length > 1 ? ` at ${picture.places[place]}, where it moves most` : "";
    return `${stamp(picture.times.at(-1))}: ${picture.variable} will be about ${mid}${unit} (${low} to ${high})${where}.`;
  }
  if (verb === "impute") return result.facts.meta?.filled ? `${Number(result.facts.meta.filled).toLocaleString("en")} values filled; what was observed stays as it is.` : "Nothing was missing.";
  if (verb === "detect") return `${result.said[0] || ""}.`;
  if (verb === "downscale") return `Cells ${values.factor} times as fine; their means are those that were read.`;
  return result.said[0] || `${(result.rows || []).length.toLocaleString("en")} rows.`;
}

// The place that changes most from what was last read to the end, so that the picture has something to show.
function biggest(end) {
  const before = state.shown.picture.past?.at(-1) || [];
  let best = 0;
  end.forEach((value, i) => {
    const change = (k) => Math.abs((end[k] ?? 0) - (before[k] ?? end[k] ?? 0));
    if (value !== null && change(i) > change(best)) best = i;
  });
  return best;
}

function drawAnswer() {
  const { picture, verb } = state.shown;
  if (!picture.answer) {
    for (const id of ["map", "series"]) $(id).hidden = true;
    return;
  }
  const { step, place } = state.shown;
  const levels = Object.keys(picture.answer).sort((a, b) => a - b);
  const mid = picture.answer[levels[Math.floor(levels.length / 2)]];
  const range = all(mid);
  const when = `${stamp(picture.times[step])}${picture.clock ? ` ${picture.clock}` : ""}`;
  $("step-words").textContent = `${step + 1} of ${picture.times.length}: ${when}`;
  const what = { forecast: "median forecast", detect: "expected", impute: "filled and observed", simulate: "median of the futures" }[verb] || "median";
  const title = picture.total === undefined ? `${picture.variable}, ${what}, ${when}` : `${picture.variable}, ${when}`;
  map($("map"), picture, mid[step], picture.places.length > 1 ? place : null, title, pick, range);
  series($("series"), picture, place, picture.times.length > 1 ? step : null, picture.places.length > 1 ? `at ${picture.places[place]}` : picture.places[0] || "");
}

function all(rows) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) for (const value of row) if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low < high ? [low, high] : [low - 1, low + 1];
}

function pick(i) {
  state.shown.place = i;
  $("place").value = String(i);
  drawAnswer();
}

const cell = (value) => (typeof value === "number" ? number(value) : /^\d{4}-\d\d-\d\dT/.test(value) ? stamp(value) : String(value ?? ""));

function tableOf(rows, most) {
  const box = document.createElement("div");
  box.className = "scroll";
  if (!rows.length) return box;
  const names = Object.keys(rows[0]).slice(0, 14);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of names) head.append(Object.assign(document.createElement("th"), { textContent: name, scope: "col" }));
  const inside = table.createTBody();
  for (const row of rows.slice(0, most)) {
    const line = inside.insertRow();
    for (const name of names) line.insertCell().textContent = cell(row[name]);
  }
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "table");
  box.append(table);
  if (rows.length > most) box.append(Object.assign(document.createElement("p"), { className: "note", textContent: `${most} of ${rows.length.toLocaleString("en")} rows; files hold all.` }));
  return box;
}

// ---------------------------------------------------------------- scores

async function scoreToo() {
  const { values, told } = state.shown;
  const mine = state.shown;
  state.scoring?.abort();
  $("h-scores").hidden = false;
  const models = [...new Set([values.model || state.best, "baseline:mix", "baseline:seasonal_naive", "baseline:last_value"])];
  const asked = { ...told, horizon: values.horizon, every: every(values.horizon), models, format: "json", ...(values.target ? { target: values.target } : {}) };
  const control = (state.scoring = new AbortController());
  $("scores-said").textContent = "Forecasting the past as well, to see how far to trust this …";
  try {
    const done = await job("backtest", body(asked), () => {}, control.signal);
    const result = await part(done, "result.json");
    if (state.shown !== mine) return;
    showScores(result.rows, $("scores"), $("scores-said"));
  } catch (error) {
    if (state.shown === mine && error.name !== "AbortError") $("scores-said").textContent = `It could not be scored on the past: ${error.message}`;
  }
}

function showScores(rows, box, said) {
  const names = [...new Set(rows.map((row) => row.model))];
  const mean = (model, key) => {
    const found = rows.filter((row) => row.model === model && row[key] > 0).map((row) => Math.log(row[key]));
    return found.length ? Math.exp(found.reduce((a, b) => a + b, 0) / found.length) : null;
  };
  const first = rows.filter((row) => row.variable === rows[0].variable);
  const one = new Set(rows.map((row) => row.variable)).size === 1;
  const made = names.map((model) => {
    const row = first.find((line) => line.model === model);
    return { method: model.replace("baseline:", "plain: "), ...(one ? { "mean error": row.mae } : {}), "error / best plain": mean(model, "mae_ratio"), "80 of 100 held": row.coverage80 === null || row.coverage80 === undefined ? null : `${Math.round(row.coverage80 * 100)} %`, ratio: mean(model, "mae_ratio") };
  }).sort((a, b) => (a.ratio ?? 9e9) - (b.ratio ?? 9e9));
  const table = tableOf(made.map(({ ratio, ...rest }) => rest), 20);
  made.forEach((row, i) => !row.method.startsWith("plain") && table.querySelector("tbody").rows[i].classList.add("ours"));
  box.replaceChildren(table);
  said.textContent = judged(made, rows);
}

function judged(made, rows) {
  const ours = made.find((row) => !row.method.startsWith("plain"));
  const plain = made.find((row) => row.method.startsWith("plain"));
  const n = rows[0].n ? `, on ${Number(rows[0].n).toLocaleString("en")} past values` : "";
  if (!ours || !plain || !ours.ratio || !plain.ratio) return made[0] ? `${made[0].method} came closest${n}.` : "";
  const change = ours.ratio / plain.ratio - 1;
  const share = `${Math.abs(change * 100).toFixed(Math.abs(change) < 0.1 ? 1 : 0)} %`;
  if (Math.abs(change) < 0.02) return `${ours.method} and the best plain method (${plain.method.replace("plain: ", "")}) were equally close${n}.`;
  return change < 0
    ? `${ours.method} was closer than the best plain method (${plain.method.replace("plain: ", "")}) by ${share}${n}.`
    : `${ours.method} was farther off than a plain method by ${share}${n}: prefer ${plain.method.replace("plain: ", "baseline:")} here.`;
}

// ---------------------------------------------------------------- take it along

function offerFiles() {
  const { done, verb } = state.shown;
  const words = { csv: "CSV", nc: "NetCDF", parquet: "Parquet", json: "JSON" };
  const files = done.files.filter(({ name }) => name.startsWith("result."));
  $("downloads").replaceChildren(...files.map(({ name, bytes }) => {
    const kind = name.split(".").at(-1);
    return button(`${words[kind]} (${bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`})`, () => save(done, name, `${verb}.${kind}`).catch(failed));
  }));
  if (state.reports.includes(verb)) $("downloads").append(button("Report (HTML)", report));
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

async function report() {
  const { told, values, verb } = state.shown;
  await working("drawing the report", async (heard, signal) => {
    const form = body({ ...told, ...values, format: "parquet", report: true });
    if (verb === "interpolate") form.append("at", $("call").elements.at.files[0]);
    const done = await job(verb, form, heard, signal);
    await save(done, "report.html", `${verb}.html`);
  });
}

function showCode() {
  const { verb, told, values, files } = state.shown;
  const source = { name: state.sample ? `sample:${state.sample}` : state.file.name, sample: state.sample };
  const made = lines(verb, source, told, values, files);
  for (const id of ["python", "shell", "curl"]) $(id).textContent = made[id];
}

// ---------------------------------------------------------------- begin

function listen() {
  const drop = $("drop");
  $("file").addEventListener("change", () => take($("file").files[0]));
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over")));
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => (event.preventDefault(), take(event.dataTransfer.files[0])));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => event.preventDefault());
  $("options").addEventListener("submit", (event) => (event.preventDefault(), read()));
  for (const id of ["sites", "edges"]) $(id).addEventListener("change", () => (state.file || state.sample) && read());
  $("verbs").addEventListener("change", chooseVerb);
  $("call").elements.horizon.addEventListener("input", (event) => (event.target.dataset.typed = "1"));
  $("call").addEventListener("submit", go);
  $("cancel").addEventListener("click", () => state.work?.abort());
  $("step").addEventListener("input", () => ((state.shown.step = Number($("step").value)), drawAnswer()));
  $("place").addEventListener("change", () => pick(Number($("place").value)));
  $("door").addEventListener("submit", (event) => (event.preventDefault(), enter($("token").value), begin()));
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    if (state.read && !$("understood").hidden) drawRead(state.chosenRead);
    if (state.shown && !$("answer").hidden) drawAnswer();
  });
}

// Whoever leaves wants nothing more.
addEventListener("pagehide", () => {
  state.work?.abort();
  state.scoring?.abort();
});

async function begin() {
  try {
    const about = await json("v1/about");
    [state.limits, state.verbs, state.reports] = [about.limits, about.verbs, about.reports];
    $("door").hidden = true;
    $("error").hidden = true;
    $("most").textContent = `, up to ${about.limits.megabytes} MB`;
    $("about").textContent = `chronotope ${about.version}. Results are kept for ${about.limits.minutes} minutes.`;
    $("samples").replaceChildren("or a sample: ", ...about.samples.map((one) => {
      const made = button(one.name.replaceAll("_", " "), () => {
        [state.file, state.sample] = [null, one.name];
        start(one.what);
      });
      made.className = "quiet";
      made.title = one.what;
      return made;
    }));
    const models = (await json("v1/models?wait=60", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })).rows;
    const shipped = models.filter((one) => one.kind === "network").map((one) => one.name);
    state.best = shipped[0] || "baseline:mix";
    options($("call").elements.model, [...shipped, ...models.filter((one) => one.kind === "floor").map((one) => one.name)], "the best that ships");
  } catch (error) {
    failed(error);
  }
}

listen();
begin();
