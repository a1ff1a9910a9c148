// The lines that do the same elsewhere.

const word = (value) => (typeof value === "number" || /^-?\d+(\.\d+)?$/.test(value) ? String(value) : JSON.stringify(value));
const python = (value) => (Array.isArray(value) ? `[${value.map(word).join(", ")}]` : word(value));
const quoted = (text) => (/^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// `source`: {name, sample}; `opening`: what was said of the file; `values`: of the verb; `files`: further uploads by name.
export function lines(verb, source, opening, values, files) {
  return { python: inPython(verb, source, opening, values, files), shell: inShell(verb, source, opening, values, files), curl: overHttp(verb, source, opening, values, files) };
}

function inPython(verb, source, opening, values, files) {
  const beside = Object.entries(files).filter(([name]) => name !== "at");
  const told = [...Object.entries(opening).map(([name, value]) => `${name}=${python(value)}`), ...beside.map(([name, file]) => `${name}=${JSON.stringify(file)}`)];
  const open = source.sample && !told.length ? `ct.sample(${JSON.stringify(source.sample)})` : `ct.open(${[JSON.stringify(source.name), ...told].join(", ")})`;
  const model = values.model ? `ct.load(${JSON.stringify(values.model)})` : "ct.load()";
  const target = values.target ? [`target=${python(values.target)}`] : [];
  const start = ["import chronotope as ct", ...(files.at ? ["import pandas as pd"] : []), "", `field = ${open}`];
  if (verb === "backtest") {
    const models = values.models ? values.models.map((name) => JSON.stringify(name)) : ["ct.load()", '"baseline:mix"', '"baseline:seasonal_naive"', '"baseline:last_value"'];
    return [...start, `scores = ct.backtest([${models.join(", ")}], field, ${[`horizon=${python(values.horizon)}`, `every=${values.every}`, ...target].join(", ")})`, "print(scores)"].join("\n");
  }
  const own = {
    forecast: [`horizon=${python(values.horizon)}`],
    simulate: [`horizon=${python(values.horizon)}`, `n=${values.members}`],
    detect: [`rate=${values.rate}`],
    downscale: [`factor=${values.factor}`],
    interpolate: [`at=pd.read_csv(${JSON.stringify(files.at || "places.csv")})`],
  }[verb] || [];
  return [...start, `made = ${model}.${verb}(${["field", ...own, ...target].join(", ")})`, `made.save("${verb}.csv")`].join("\n");
}

function inShell(verb, source, opening, values, files) {
  const flags = Object.entries({ ...opening, ...values, ...files }).flatMap(([name, value]) => {
    const flag = name === "models" || name === "model" ? "-m" : `--${name.replaceAll("_", "-")}`;
    return (Array.isArray(value) ? value : [value]).map((one) => `${flag} ${quoted(String(one))}`);
  });
  const out = verb === "backtest" ? [] : [`-o ${verb}.csv`];
  return ["chronotope", verb, quoted(source.name), ...flags, ...out].join(" ");
}

function overHttp(verb, source, opening, values, files) {
  const parts = Object.entries({ ...opening, ...values }).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `-F ${quoted(`${name}=${one}`)}`));
  const sent = Object.entries(files).map(([name, file]) => `-F ${quoted(`${name}=@${file}`)}`);
  const file = source.sample ? `-F file=sample:${source.sample}` : `-F ${quoted(`file=@${source.name}`)}`;
  return ["curl", file, ...sent, ...parts, "-F format=csv", new URL(`v1/${verb}`, location.href).href, "-o", `${verb}.csv`].join(" ");
}
