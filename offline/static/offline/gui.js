import { read, write } from "./so.js";

// Counts that found no network. What the server refuses is dropped, what it did not hear stays.
export async function send() {
  const waiting = read("toso.queue", []);
  const kept = [];
  for (const [address, body] of waiting) {
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(body),
        credentials: "omit",
      });
      if (answer.status === 429 || answer.status >= 500) kept.push([address, body]);
    } catch (e) {
      kept.push([address, body]);
    }
  }
  // What was added while this was sending stays too.
  const added = read("toso.queue", []).slice(waiting.length);
  const left = [...kept, ...added].slice(-20);
  if (left.length) write("toso.queue", left);
  else localStorage.removeItem("toso.queue");
}
