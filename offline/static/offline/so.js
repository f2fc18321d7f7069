// What this phone remembers of whoever learns on it. Storage may be full or forbidden.
export const read = (key, other) => {
  try {
    return JSON.parse(localStorage[key]) || other;
  } catch (e) {
    return other;
  }
};
export const write = (key, value) => {
  try {
    return (localStorage[key] = JSON.stringify(value));
  } catch (e) {}
};
const key = () => "toso.progress." + read("toso.who", "chung");
export const progress = () => read(key(), {});
export const note = (lesson, more) => {
  const all = progress();
  all[lesson] = { ...all[lesson], ...more, at: Date.now() };
  return write(key(), all);
};
