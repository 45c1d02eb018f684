// Times as Discord writes them, in the reader's own zone; those that count from now are kept true.

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const LATEST_S = 8_640_000_000_000;
const TICK_MS = 1_000;
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function written(date, style) {
  return new Intl.DateTimeFormat("en", STYLES[style] ?? STYLES.f).format(date);
}

/** «in 4 hours», «2 minutes ago». */
function relative(date, now = Date.now()) {
  const ahead_s = Math.trunc((date.getTime() - now) / 1000);
  const [unit, length_s] = UNITS.find((each) => Math.abs(ahead_s) >= each[1]) ?? UNITS.at(-1);
  const count = Math.round(Math.abs(ahead_s) / length_s);
  return count === 0 ? "now" : RELATIVE.format(ahead_s > 0 ? count : -count, unit);
}

/** `<t:…:R>` as an element; null when there is no such time. */
export function timestamp(unix_s, style) {
  if (!(Math.abs(unix_s) <= LATEST_S)) return null;
  const date = new Date(unix_s * 1000);
  const element = document.createElement("time");
  element.className = "timestamp";
  element.dateTime = date.toISOString();
  element.title = written(date, "F");
  if (style === "R") element.dataset.relative = String(date.getTime());
  element.textContent = style === "R" ? relative(date) : written(date, style);
  return element;
}

/** When a message was written: the time of today, else with its day. */
export function when(iso) {
  const date = new Date(iso);
  const element = document.createElement("time");
  element.dateTime = date.toISOString();
  element.title = written(date, "F");
  element.textContent = isToday(date) ? written(date, "t") : written(date, "s");
  return element;
}

export function day(iso) {
  return written(new Date(iso), "D");
}

function isToday(date) {
  return date.toDateString() === new Date().toDateString();
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const words = relative(new Date(Number(element.dataset.relative)));
    if (element.textContent !== words) element.textContent = words;
  }
}, TICK_MS);
