// What the page says to the server, and what it hears.

let token = sessionStorage.getItem("token") || "";

export class Refusal extends Error {
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

export function enter(word) {
  token = word;
  sessionStorage.setItem("token", word);
}

export async function ask(path, options = {}) {
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers || {};
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The server does not answer; it may have stopped. Start it again, then press the button once more.", 0);
  }
  if (!response.ok) {
    let words = `The server answered ${response.status}.`;
    try {
      words = (await response.json()).error || words;
    } catch {
      // not one of our sentences
    }
    throw new Refusal(words, response.status);
  }
  return response;
}

export const json = async (path, options) => (await ask(path, options)).json();

// Send a call and follow its job until it ended; `told(job)` hears of every change. `signal` cancels it on the server too.
export async function job(verb, form, told, signal) {
  const response = await ask(`v1/${verb}?wait=0`, { method: "POST", body: form, signal });
  let now = await response.json();
  const url = now.url.slice(1);
  const stop = () => ask(url, { method: "DELETE", keepalive: true }).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  for (let pause = 60; now.state === "queued" || now.state === "running"; pause = Math.min(pause * 1.4, 700)) {
    told(now);
    await new Promise((done) => setTimeout(done, pause));
    signal.throwIfAborted();
    now = await json(url);
  }
  signal.removeEventListener("abort", stop);
  if (now.state !== "done") throw new Refusal(now.error || "The call was cancelled.", 422);
  return now;
}

export const part = (job, name) => json(`v1/jobs/${job.id}/files/${name}`);

// A file of a job, saved by the browser under a name.
export async function save(job, file, name) {
  const blob = await (await ask(`v1/jobs/${job.id}/files/${file}`)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
