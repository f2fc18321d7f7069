/**
 * Asking the server, and knowing when it was not the server that answered.
 *
 * @typedef {{data: ?Object, trouble: string, wait: number, text: string, code: string,
 *   at: number}} Answer  `trouble` is empty when the server said yes, else one of
 *   offline, portal, server, sign_in, revoked, too_large, too_often, refused
 */

export const HOME = "/api/v1/register/";
const PATIENCE = 60000; // 2G

const TROUBLES = { 401: "sign_in", 413: "too_large", 429: "too_often" };

/**
 * Ask a door of the register. A 200 that is not our JSON is a captive portal's and is no
 * answer; so is a redirection, because none of our doors leads elsewhere.
 * @returns {Promise<Answer>}
 */
export async function ask(path, { token = "", body = null, patience = PATIENCE } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Ticket ${token}`;
  const options = { headers, cache: "no-store", credentials: "omit", redirect: "manual" };
  if (body !== null) {
    options.method = "POST";
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
    const zipped = options.body.length > 1000 && (await gzip(options.body));
    if (zipped) {
      options.body = zipped;
      headers["Content-Encoding"] = "gzip";
    }
  }
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  const begun = Date.now();
  try {
    const response = await fetch(HOME + path, { ...options, signal: stop.signal });
    const data = await read(response);
    const at = (begun + Date.now()) / 2;
    return { wait: 0, text: "", code: "", ...judged(response, data), at };
  } catch (error) {
    return { data: null, trouble: "offline", wait: 0, text: "", code: "", at: begun };
  } finally {
    clearTimeout(timer);
  }
}

async function read(response) {
  if (!/^application\/json/.test(response.headers.get("Content-Type") || "")) return null;
  try {
    return await response.json();
  } catch (error) {
    return null;
  }
}

function judged(response, data) {
  const { status } = response;
  if (status >= 500) return { data: null, trouble: "server" };
  const ours = data && (status === 200 ? typeof data.epoch === "string" : typeof data.code === "string");
  if (!ours) return { data: null, trouble: "portal" };
  if (status === 200) return { data, trouble: "" };
  const { code, text } = data;
  const trouble = TROUBLES[status] || (code === "revoked" ? "revoked" : "refused");
  return { data: null, trouble, code, text, wait: 1000 * Number(response.headers.get("Retry-After")) || 0 };
}

// Chrome 80 and Safari 16.4 have it; others send as it is.
async function gzip(text) {
  if (typeof CompressionStream !== "function") return null;
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
