// How the messages of the log stand one below the other: ids grow with time, and notes of this page stand between them.

import { FLAG, MESSAGE } from "../discord.js";
import { day } from "./times.js";

const TOGETHER_MS = 7 * 60 * 1000;

/** From an element on, the first that is a message; `step` is nextElementSibling or previousElementSibling. */
export function messageFrom(element, step) {
  let found = element;
  while (found && !found.dataset.id) found = found[step];
  return found;
}

/** The element of `list` before which a message of that id belongs; null at the end. */
export function placeOf(id, list) {
  for (let each = list.lastElementChild; each; each = each.previousElementSibling) {
    if (!each.dataset.id || BigInt(each.dataset.id) >= BigInt(id)) continue;
    let next = each.nextElementSibling;
    while (next?.dataset.note !== undefined) next = next.nextElementSibling;
    return next;
  }
  return list.firstElementChild;
}

/**
 * Marks which messages go on under the name above them, and where a day begins.
 * @param {Element|null} first
 * @param {Element|null} last    null for all that follow
 * @param {(id: string) => object} payload
 */
export function arrange(first, last, payload) {
  for (let each = first; each; each = each === last ? null : each.nextElementSibling) {
    if (!each.dataset.id) continue;
    const message = payload(each.dataset.id);
    const above = messageFrom(each.previousElementSibling, "previousElementSibling");
    const before = above && payload(above.dataset.id);
    each.classList.toggle("follows", Boolean(before) && goesOn(before, message));
    if (before && day(before.timestamp) === day(message.timestamp)) delete each.dataset.day;
    else each.dataset.day = day(message.timestamp);
  }
}

function goesOn(before, message) {
  return (
    before.author.id === message.author.id &&
    message.type === MESSAGE.PLAIN && !message.referenced_message &&
    (before.flags & FLAG.EPHEMERAL) === (message.flags & FLAG.EPHEMERAL) &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < TOGETHER_MS &&
    day(before.timestamp) === day(message.timestamp)
  );
}
