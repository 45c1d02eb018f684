// Behind the scenes: the bot's life, the switches, and what became of a request. The server tells; nothing is made up here.

import { button as makeButton, make } from "../dom.js";
import { botPart } from "./bot.js";
import { requestPart } from "./request.js";
import { switchesPart } from "./switches.js";
import { trafficTable } from "./traffic.js";

/**
 * @param {object} page
 * @param {HTMLElement} page.root     the <aside>, hidden until the drawer opens
 * @param {HTMLButtonElement} page.button  opens and closes it; keep aria-expanded true to what is seen
 * @param {(message: object) => void} page.send  a message whose type begins with "behind."
 * @param {(hear: (message: object) => void) => void} page.listen  `hear` gets every message whose type begins with
 *        "behind.", and {type: "behind.connected"} whenever the connection is (again) there
 */
export function mountDrawer({ root, button, send, listen }) {
  const said = make("p", { class: "behind-said", role: "status" });
  const bot = botPart(send);
  const switches = switchesPart(send);
  const requests = requestPart((words) => (said.textContent = words));
  const others = trafficTable("Said for no request in particular");
  const hear = {
    "behind.connected": () => !root.hidden && send({ type: "behind.open" }),
    "behind.state": (message) => {
      requests.all(message.requests);
      bot.show(message.bot);
      switches.show(message.switches);
      others.show(message.others);
    },
    "behind.request": (message) => requests.one(message.request),
    "behind.bot": (message) => bot.show(message.bot),
    "behind.switches": (message) => switches.show(message.switches),
    "behind.others": (message) => others.show(message.others),
  };
  listen((message) => hear[message.type]?.(message));
  const close = mountTurning(root, button, send);
  root.replaceChildren(
    make("div", { class: "behind-head" },
      make("h2", { text: "Behind the scenes" }), makeButton("Close", close, { class: "behind-close" })),
    said,
    bot.element,
    switches.element,
    requests.element,
    make("details", { class: "behind-others" }, make("summary", { text: "What else the bot said over HTTP" }), others.element),
  );
}

/** Opens and closes it, and tells the server; returns what closes it. */
function mountTurning(root, button, send) {
  const turn = (isOpen) => {
    root.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    send({ type: isOpen ? "behind.open" : "behind.close" });
    if (isOpen) root.querySelector(".behind-close").focus();
    else button.focus();
  };
  button.addEventListener("click", () => turn(root.hidden));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") turn(false);
  });
  return () => turn(false);
}
