// Discord's formatting inside of lines: marks, mentions, times, addresses, code.

import { button, make } from "../dom.js";
import { timestamp } from "./times.js";

const DEEPEST = 8;
const MENTION = /<(?:(@[!&]?|#)(\d{1,20})|t:(-?\d{1,13})(?::([tTdDfFsSR]))?|\/([^:>\n]{1,100}):\d{1,20}|a?:(\w{2,32}):\d{1,20})>/y;
const ADDRESS = /https?:\/\/[^\s<>]+/y;
const MASKED = /\[([^\]\n]{1,200})\]\(<?(https?:\/\/[^\s<>()]+)>?\)/y;
const IN_BRACKETS = /<(https?:\/\/[^\s<>]+)>/y;
const CALL_ALL = /@(?:everyone|here)\b/y;
const MESSAGE_LINK = /^https:\/\/(?:\w+\.)?discord\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?$/;
const MARKS = [
  ["***", (inner) => make("em", {}, make("strong", {}, inner))],
  ["**", (inner) => make("strong", {}, inner)],
  ["__", (inner) => make("u", {}, inner)],
  ["~~", (inner) => make("s", {}, inner)],
  ["||", spoiler],
  ["*", (inner) => make("em", {}, inner)],
  ["_", (inner) => make("em", {}, inner)],
];

/** Text nodes and elements of a text that has no blocks; `names` as for `formatted`. */
export function inline(text, names, depth = 0) {
  const found = [];
  let plain = "";
  const flush = () => {
    if (plain) found.push(document.createTextNode(plain));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const sign = text[at];
    if (sign === "\\" && at + 1 < text.length && /[^\w\s]/.test(text[at + 1])) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    const [element, length] = depth < DEEPEST ? special(text, at, sign, names, depth) : [null, 0];
    if (element) {
      flush();
      found.push(element);
      at += length;
    } else {
      plain += sign;
      at += 1;
    }
  }
  flush();
  return found;
}

/** What begins at `at`, and how long it is; [null, 0] for an ordinary sign. */
function special(text, at, sign, names, depth) {
  if (sign === "`") return code(text, at);
  if (sign === "<" && text.startsWith("<http", at)) return hit(IN_BRACKETS, text, at, (found) => link(found[1], null, names));
  if (sign === "<") return mention(text, at, names);
  if (sign === "@") return hit(CALL_ALL, text, at, (found) => make("span", { class: "mention" }, found[0]));
  if (sign === "[") return hit(MASKED, text, at, (found) => link(found[2], found[1], names));
  if (sign === "h") return address(text, at, names);
  for (const [mark, wrap] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const from = at + mark.length;
    const to = closing(text, mark, from);
    if (to < 0) continue;
    return [wrap(inline(text.slice(from, to), names, depth + 1)), to + mark.length - at];
  }
  return [null, 0];
}

/** Where a mark that opened is closed; -1 where it is none. `snake_case` and `2 * 3` are words. */
function closing(text, mark, from) {
  if (/\s/.test(text[from] ?? " ") && mark.length === 1) return -1;
  if (mark === "_" && /\w/.test(text[from - 2] ?? "")) return -1;
  for (let to = text.indexOf(mark, from); to >= 0; to = text.indexOf(mark, to + 1)) {
    const isEscaped = text[to - 1] === "\\";
    const isLonger = mark.length < 3 && mark[0] !== "|" && mark[0] !== "~" && text[to + mark.length] === mark[0];
    if (to > from && !isEscaped && !isLonger) {
      if (mark === "_" && /\w/.test(text[to + 1] ?? "")) continue;
      if (mark.length === 1 && /\s/.test(text[to - 1])) continue;
      return to;
    }
    if (isLonger) to += 1;
  }
  return -1;
}

function code(text, at) {
  const mark = text.startsWith("``", at) ? "``" : "`";
  const to = text.indexOf(mark, at + mark.length);
  if (to <= at + mark.length - 1 || to === at + mark.length) return [null, 0];
  return [make("code", {}, text.slice(at + mark.length, to)), to + mark.length - at];
}

function mention(text, at, names) {
  return hit(MENTION, text, at, ([, kind, id, unix_s, style, command, emoji]) => {
    if (unix_s !== undefined) return timestamp(Number(unix_s), style ?? "f");
    if (command !== undefined) return make("span", { class: "mention" }, `/${command}`);
    if (emoji !== undefined) return make("span", { class: "emoji" }, `:${emoji}:`);
    if (kind === "#") return button(names.place(id), () => names.open(id, null), { class: "mention" });
    return make("span", { class: "mention" }, `@${kind === "@&" ? names.role(id) : names.person(id)}`);
  });
}

/** An address, without the punctuation that ends the sentence. */
function address(text, at, names) {
  ADDRESS.lastIndex = at;
  let found = ADDRESS.exec(text)?.[0] ?? "";
  while (/[.,:;!?'"*_~|]$/.test(found) || (found.endsWith(")") && !found.includes("("))) found = found.slice(0, -1);
  return found.length > 8 ? [link(found, null, names), found.length] : [null, 0];
}

function link(url, words, names) {
  const place = MESSAGE_LINK.exec(url);
  if (place) {
    const shown = words ?? `${names.place(place[1])}${place[2] ? " › message" : ""}`;
    return button(shown, () => names.open(place[1], place[2] ?? null), { class: "mention" });
  }
  let target;
  try {
    target = new URL(url);
  } catch {
    return document.createTextNode(words ?? url);
  }
  return make("a", { href: target.href, target: "_blank", rel: "noopener noreferrer", title: target.href }, words ?? url);
}

function hit(pattern, text, at, build) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  const element = found && build(found);
  return element ? [element, found[0].length] : [null, 0];
}

/** Words that wait to be uncovered. */
function spoiler(inner) {
  const cover = make("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler", "aria-expanded": "false" });
  const words = make("span", { class: "spoiler-words", "aria-hidden": "true" }, ...inner);
  const uncover = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (cover.classList.contains("open")) return;
    event.preventDefault();
    event.stopPropagation();
    cover.classList.add("open");
    for (const name of ["role", "tabindex", "aria-label", "aria-expanded"]) cover.removeAttribute(name);
    words.removeAttribute("aria-hidden");
  };
  cover.addEventListener("click", uncover, true);
  cover.addEventListener("keydown", uncover, true);
  cover.append(words);
  return cover;
}
