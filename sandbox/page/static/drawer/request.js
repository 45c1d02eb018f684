// One request from its event to its charge: its steps, the member's balance, and what was said over HTTP.

import { make, plural } from "../dom.js";
import { duration, moment } from "./moments.js";
import { trafficTable } from "./traffic.js";

const MARKS = { done: "✓", failed: "✗", open: "…" };
const MARK_WORDS = { done: "", failed: "failed: ", open: "under way: " };
const THE_LAST = "";
const NOTHING = "Nobody has asked for anything yet. Type /imagine, and watch what becomes of it here.";

/** `announce` says in a few words what is new, for who listens. */
export function requestPart(announce) {
  const requests = new Map();
  const choice = make("select", { id: "behind-choice", on: { change: () => draw() } });
  const view = requestView();
  let announced = "";

  function draw() {
    const request = requests.get(choice.value) ?? last([...requests.values()]);
    view.show(request);
    if (request === undefined) return;
    const newest = request.steps.at(-1);
    const words = `${request.title}: ${newest.name}. ${newest.words}`;
    if (words !== announced) announce(words);
    announced = words;
  }

  function list() {
    const chosen = choice.value;
    const options = [...requests.values()].reverse().map((each) => make("option", { value: each.id, text: named(each) }));
    choice.replaceChildren(make("option", { value: THE_LAST, text: "the last one" }), ...options);
    choice.value = requests.has(chosen) ? chosen : THE_LAST;
  }

  return {
    element: make(
      "section",
      { "aria-labelledby": "behind-requests" },
      make("h3", { id: "behind-requests", text: "What became of a request" }),
      make("label", { class: "behind-choice", for: "behind-choice" }, "Request "),
      choice,
      view.parts,
    ),
    all(found) {
      requests.clear();
      for (const each of found) requests.set(each.id, each);
      list();
      draw();
    },
    one(request) {
      const before = requests.get(request.id);
      requests.set(request.id, request);
      if (before === undefined || named(before) !== named(request)) list();
      draw();
    },
  };
}

/** What is known of one request; `show` takes undefined while there is none. */
function requestView() {
  const title = make("p", { class: "behind-title", text: NOTHING });
  const steps = make("ol", { class: "behind-steps" });
  const balance = make("dl", { class: "behind-balance" });
  const traffic = trafficTable("What the bot said over HTTP for it");
  const lines = make("ol", { class: "behind-log" });
  const log = make("details", {}, make("summary", { text: "Its lines in the bot’s log" }), lines);
  const more = make("div", { hidden: true }, balance, traffic.element, log);
  return {
    parts: [title, steps, more],
    show(request) {
      more.hidden = request === undefined;
      if (request === undefined) return;
      title.textContent = `${request.person.name}: ${request.title} in ${request.place}, ${request.state}`;
      title.dataset.state = request.state;
      steps.replaceChildren(...request.steps.map((each) => step(each, request.at)));
      balance.replaceChildren(...balanceOf(request));
      traffic.show(request.exchanges);
      lines.replaceChildren(...request.log.map((each) => make("li", { "data-level": each.level }, moment(each.at), ` ${each.level} ${each.text}`)));
      log.hidden = request.log.length === 0;
    },
  };
}

/** The last one to be shown by itself: not the press of a button that asked for nothing. */
function last(requests) {
  return requests.findLast((each) => each.job || each.state === "refused" || !["button", "modal"].includes(each.kind)) ?? requests.at(-1);
}

function named(request) {
  const time = new Date(request.at).toTimeString().slice(0, 8);
  return `${time} ${request.person.name}: ${request.title} (${request.state})`;
}

function step(each, began) {
  return make(
    "li",
    { "data-mark": each.mark },
    make("span", { class: "behind-mark", "aria-hidden": "true", text: MARKS[each.mark] }),
    make("strong", { text: each.name }),
    make("span", { class: "behind-after" }, ` after ${duration(Math.max(0, each.at - began))}, at `, moment(each.at)),
    make("span", { class: "behind-words" }, make("span", { class: "behind-unseen", text: MARK_WORDS[each.mark] }), each.words),
    make("span", { class: "behind-source", text: `from ${each.source}` }),
  );
}

function balanceOf(request) {
  const found = request.balance;
  if (found === null) return [];
  const facts = [
    [`Left to ${request.person.name}`, `${plural(found.left, "picture")} today`],
    ["Allowed", `${found.allowed} a day`],
    ["Reserved", String(found.reserved + found.extra_reserved)],
    ["Charged", String(found.charged + found.extra_charged)],
    ["Extra pictures left", String(found.extra)],
  ];
  return facts.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { text: value })));
}
