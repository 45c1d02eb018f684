// Moments and durations as the drawer says them.

import { make } from "../dom.js";

/** The time of day, to the millisecond: steps are often only some of them apart. */
export function moment(at) {
  const date = new Date(at);
  const two = (number) => String(number).padStart(2, "0");
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  const words = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
  return make("time", { datetime: date.toISOString(), text: words });
}

export function duration(ms) {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
