// Discord's formatting, read into elements. Nothing that is written here can become markup, a script or a request.

import { button, make } from "./dom.js";
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
const HEADING = /^(#{1,3}) +(\S.*)$/;
const ITEM = /^( *)(?:[-*]|(\d{1,4})\.) +(\S.*)$/;

/**
 * @param {string} text
 * @param {object} names  {person(id), role(id), place(id), open(channel, message)}: what ids stand for
 * @returns {DocumentFragment}
 */
export function formatted(text, names) {
  const whole = document.createDocumentFragment();
  for (const [number, part] of split(text).entries()) {
    if (number % 2) whole.append(fence(part));
    else if (part) whole.append(...blocks(part, names));
  }
  return whole;
}

/** One line of it without any block, as for the preview of a reply. */
export function formattedLine(text, names) {
  const line = document.createDocumentFragment();
  line.append(...inline(text.replace(/```(?:\w+\n)?|^-# |^#+ |^>>? /gm, "").replace(/\s+/g, " "), names, 0));
  return line;
}

/** Text and code blocks in turn, text first. A fence that nobody closes is text. */
function split(text) {
  const parts = [];
  let from = 0;
  for (;;) {
    const opens = text.indexOf("```", from);
    const closes = opens < 0 ? -1 : text.indexOf("```", opens + 3);
    if (closes < 0 || !text.slice(opens + 3, closes).trim()) break;
    parts.push(text.slice(from, opens), text.slice(opens + 3, closes));
    from = closes + 3;
    if (text[from] === "\n") from += 1;
  }
  parts.push(text.slice(from));
  return parts;
}

function fence(code) {
  const [first, ...rest] = code.split("\n");
  const hasLanguage = rest.length > 0 && /^[\w+#.-]*$/.test(first);
  const shown = (hasLanguage ? rest.join("\n") : code).replace(/^\n|\n$/g, "");
  return make("pre", {}, make("code", {}, shown));
}

/** Headings, quotes, lists and small print; everything else is lines. */
function blocks(text, names) {
  const found = [];
  const lines = text.split("\n");
  let plain = [];
  const flush = () => {
    while (plain.length && plain.at(-1) === "" && found.length + plain.length > 1) plain.pop();
    if (plain.length) found.push(make("p", {}, ...inline(plain.join("\n"), names, 0)));
    plain = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const heading = HEADING.exec(line);
    if (heading) {
      flush();
      found.push(make("p", { class: `heading-${heading[1].length}` }, ...inline(heading[2], names, 0)));
    } else if (line.startsWith("-# ")) {
      flush();
      found.push(make("small", {}, ...inline(line.slice(3), names, 0)));
    } else if (line.startsWith(">>> ")) {
      flush();
      found.push(make("blockquote", {}, ...blocks([line.slice(4), ...lines.slice(at + 1)].join("\n"), names)));
      break;
    } else if (line.startsWith("> ")) {
      flush();
      const quoted = [];
      while (at < lines.length && lines[at].startsWith("> ")) quoted.push(lines[at++].slice(2));
      at -= 1;
      found.push(make("blockquote", {}, ...blocks(quoted.join("\n"), names)));
    } else if (ITEM.test(line)) {
      flush();
      const items = [];
      while (at < lines.length && goesOn(items, ITEM.exec(lines[at]))) items.push(ITEM.exec(lines[at++]));
      at -= 1;
      found.push(list(items, names));
    } else if (line || plain.length) {
      plain.push(line);
    }
  }
  flush();
  return found;
}

/** Whether a line belongs to the list above it: an item further in does, one beside it only when it is of its kind. */
function goesOn(items, item) {
  if (!item || !items.length) return Boolean(item);
  const [first] = items;
  return item[1].length > first[1].length || (item[2] === undefined) === (first[2] === undefined);
}

function list(items, names) {
  const first = items[0];
  const parent = first[2] === undefined ? make("ul") : make("ol", { start: first[2] });
  const indent = first[1].length;
  for (let at = 0; at < items.length; at += 1) {
    const item = make("li", {}, ...inline(items[at][3], names, 0));
    const below = [];
    while (at + 1 < items.length && items[at + 1][1].length > indent) below.push(items[++at]);
    if (below.length) item.append(list(below, names));
    parent.append(item);
  }
  return parent;
}

function inline(text, names, depth) {
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
export function spoiler(inner) {
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
