/**
 * The queue of a phone that records: entries in IndexedDB, numbered and chained.
 *
 * Number and head of the chain change in the transaction that stores the entries.
 * Hashes cannot be computed inside an IndexedDB transaction (awaiting one ends it), so
 * they are computed before, and the transaction first looks whether the head is still
 * the same. Two tabs therefore never give one number twice, with or without Web Locks.
 *
 * What an entry says is not known here: the caller gives headers and a hash function.
 */

export const HERE = "here"; // not yet answered by the server
export const NOTHING = "0".repeat(64);

const STORES = ["entries", "heads", "things"];
const MOST_TRIES = 50;
const LEASE = 60000;

/** The phone is full: nothing of what was to be stored is stored. */
export class Full extends Error {}

/** This browser keeps nothing (private window, storage switched off, too old). */
export class Unusable extends Error {}

/** A time-ordered UUID, version 7. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 5, rest = now; place >= 0; place -= 1) {
    bytes[place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Open the store, or throw Unusable. */
export function open(name = "toso-so") {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(new Unusable(String(error)));
    let asked;
    try {
      asked = indexedDB.open(name, 1);
    } catch (error) {
      fail(error);
      return;
    }
    asked.onupgradeneeded = () => {
      const entries = asked.result.createObjectStore("entries", { keyPath: "id" });
      entries.createIndex("session", "session");
      entries.createIndex("status", "status");
      entries.createIndex("number", ["device", "seq"]);
      // Only entries that have a tag: few of thousands, found without reading the others.
      entries.createIndex("tag", "tag");
      asked.result.createObjectStore("heads", { keyPath: "device" });
      asked.result.createObjectStore("things");
    };
    asked.onerror = () => fail(asked.error);
    asked.onblocked = () => fail("blocked");
    asked.onsuccess = () => {
      // Another tab deletes or upgrades: it must not wait for this one.
      asked.result.onversionchange = () => asked.result.close();
      resolve(new Outbox(asked.result));
    };
  });
}

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Outbox {
  constructor(db) {
    this.db = db;
    this.last = Promise.resolve();
  }

  /** One value of a store. */
  get(store, key) {
    return answered(this.db.transaction(store).objectStore(store).get(key));
  }

  /** One thing that is kept beside the queue. */
  thing(key) {
    return this.get("things", key);
  }

  /** All things whose key begins so, as [key, value]. */
  async things(start) {
    const range = IDBKeyRange.bound(start, start + "\uffff");
    const store = this.db.transaction("things").objectStore("things");
    const [keys, values] = await Promise.all([
      answered(store.getAllKeys(range)),
      answered(store.getAll(range)),
    ]);
    return keys.map((key, index) => [key, values[index]]);
  }

  /** Entries of a session, with a status or a tag, or all: in the order of their ids. */
  entries(index, value) {
    const store = this.db.transaction("entries").objectStore("entries");
    return answered(index ? store.index(index).getAll(value) : store.getAll());
  }

  /** The sessions that have entries, each once, without reading the entries. */
  sessions() {
    const index = this.db.transaction("entries").objectStore("entries").index("session");
    const found = [];
    return new Promise((resolve, reject) => {
      const asked = index.openKeyCursor(null, "nextunique");
      asked.onerror = () => reject(asked.error);
      asked.onsuccess = () => {
        const cursor = asked.result;
        if (!cursor) {
          resolve(found);
          return;
        }
        found.push(cursor.key);
        cursor.continue();
      };
    });
  }

  /** How many entries have this status. */
  count(status) {
    const store = this.db.transaction("entries").objectStore("entries");
    return answered(store.index("status").count(status));
  }

  /** The entry that a device gave this number. */
  numbered(device, seq) {
    const store = this.db.transaction("entries").objectStore("entries");
    return answered(store.index("number").get([device, seq]));
  }

  /** The last number and hash that a device gave. */
  async head(device) {
    return (await this.get("heads", device)) || { device, seq: 0, hash: NOTHING };
  }

  /**
   * Change stores in one transaction; resolves when the bytes are on disk.
   *
   * `work` gets the stores by name and a function that gives up the transaction; it may
   * not wait for anything but requests of these stores. Resolves to false when given up.
   */
  change(work) {
    return new Promise((resolve, reject) => {
      let given = false;
      let failure = null;
      const transaction = this.db.transaction(STORES, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve(true);
      transaction.onabort = () => {
        if (given) resolve(false);
        else reject(asFull(failure || transaction.error));
      };
      const stores = {};
      for (const name of STORES) stores[name] = transaction.objectStore(name);
      const giveUp = () => {
        given = true;
        transaction.abort();
      };
      try {
        work(stores, giveUp);
      } catch (error) {
        failure = error;
        transaction.abort();
      }
    });
  }

  /** Keep a thing, or forget it when the value is undefined. */
  keep(key, value) {
    return this.change(({ things }) => {
      if (value === undefined) things.delete(key);
      else things.put(value, key);
    });
  }

  /**
   * Number, chain and store entries of a device in one transaction; return them.
   *
   * A draft is {header, …more}: the header lacks device, seq and prev. Throws Full, and
   * then nothing is stored.
   */
  append(device, drafts, hash) {
    const turn = this.last.then(() => this.attempt(device, drafts, hash));
    this.last = turn.catch(() => {});
    return turn;
  }

  async attempt(device, drafts, hash) {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const head = await this.head(device);
      const made = await chained(head, drafts, hash);
      if (await this.store(head, made)) return made;
      // Another tab was faster: its entries are the ones before ours.
    }
    throw new Error("The head of the chain does not stand still.");
  }

  store(head, made) {
    return this.change(({ heads, entries }, giveUp) => {
      const asked = heads.get(head.device);
      asked.onsuccess = () => {
        const now = asked.result || { seq: 0, hash: NOTHING };
        if (now.seq !== head.seq || now.hash !== head.hash) {
          giveUp();
          return;
        }
        for (const entry of made) entries.add(entry);
        const last = made.length ? made[made.length - 1] : head;
        heads.put({ device: head.device, seq: last.seq, hash: last.hash });
      };
    });
  }

  /** Change entries by id: `edit` changes an entry in place, or returns null to delete it. */
  edit(ids, edit) {
    return this.change(({ entries }) => {
      for (const id of ids) {
        const asked = entries.get(id);
        asked.onsuccess = () => {
          if (!asked.result) return;
          if (edit(asked.result) === null) entries.delete(id);
          else entries.put(asked.result);
        };
      }
    });
  }

  /** Take in entries of another phone or of a file; those that are here stay as they are. */
  async take(entries) {
    let fresh = 0;
    await this.change((stores) => {
      for (const entry of entries) {
        const asked = stores.entries.get(entry.id);
        asked.onsuccess = () => {
          if (asked.result) return;
          fresh += 1;
          stores.entries.put(entry);
        };
      }
    });
    return fresh;
  }

  /**
   * Run `work` unless another tab is at it; null when one is.
   *
   * By Web Locks, which a killed tab lets go of; without them by a lease of a minute.
   */
  async alone(name, work) {
    if (navigator.locks) {
      const run = (lock) => (lock ? work() : null);
      return navigator.locks.request(`toso-${name}`, { ifAvailable: true }, run);
    }
    const owner = newId();
    const key = `lease:${name}`;
    if (!(await this.leased(key, owner))) return null;
    const again = setInterval(() => this.leased(key, owner).catch(() => {}), LEASE / 3);
    try {
      return await work();
    } finally {
      clearInterval(again);
      await this.keep(key).catch(() => {});
    }
  }

  leased(key, owner) {
    return this.change(({ things }, giveUp) => {
      const asked = things.get(key);
      asked.onsuccess = () => {
        const now = Date.now();
        const held = asked.result;
        // A clock that was put back must not hold a lease for days.
        const stands = held && held.owner !== owner && Math.abs(held.until - now) <= LEASE;
        if (stands && held.until > now) giveUp();
        else things.put({ owner, until: now + LEASE }, key);
      };
    });
  }
}

async function chained(head, drafts, hash) {
  let { seq, hash: prev } = head;
  const made = [];
  for (const { header: draft, ...more } of drafts) {
    seq += 1;
    const header = { ...draft, device: head.device, seq, prev };
    prev = await hash(header);
    const { id, device, session } = header;
    made.push({ status: HERE, ...more, id, device, seq, session, header, hash: prev });
  }
  return made;
}

function asFull(error) {
  const full = error && /Quota|NS_ERROR_FILE_NO_DEVICE_SPACE/.test(`${error.name} ${error.message}`);
  return full ? new Full(error.message) : error || new Unusable("aborted");
}
