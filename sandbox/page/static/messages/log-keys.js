// The log by keyboard: Tab leads to one message, the arrows from there to all, and Tab again to the tools of that one.

import { messageFrom } from "./log-order.js";

const STEPS = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };

export function listenToKeys(list) {
  list.addEventListener("keydown", (event) => walk(event));
  list.addEventListener("focusin", (event) => lend(list, event.target.closest(".message")));
}

/** Whatever has come or gone, Tab leads to one message: the newest, unless another has the focus. */
export function keepReachable(list) {
  if (list.contains(document.activeElement)) return;
  reachOnly(list, messageFrom(list.lastElementChild, "previousElementSibling"));
}

function walk(event) {
  const step = STEPS[event.key];
  if (!step || !event.target.matches(".message")) return;
  const to = messageFrom(event.target[step], step);
  if (!to) return;
  event.preventDefault();
  to.focus();
}

function lend(list, message) {
  for (const each of list.querySelectorAll('.tools button[tabindex="0"]')) each.tabIndex = -1;
  for (const each of message?.querySelectorAll(".tools button") ?? []) each.tabIndex = 0;
  reachOnly(list, message);
}

function reachOnly(list, message) {
  for (const each of list.querySelectorAll('.message[tabindex="0"]')) each.tabIndex = -1;
  if (message) message.tabIndex = 0;
}
