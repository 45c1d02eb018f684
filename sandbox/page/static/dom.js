// Elements, built without markup: whatever a message says becomes a text node or an attribute, never HTML.

/**
 * @param {string} tag
 * @param {object} facts  attributes; `class`, `text`, `data` (dataset), `on` (listeners); null, undefined and false are left out
 * @param {...(Node|string|null|undefined|false)} children
 */
export function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "on") for (const [event, hear] of Object.entries(value)) element.addEventListener(event, hear);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

/** Adds nodes and strings; what is null, undefined or false is skipped, lists are flattened. */
export function add(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
  return parent;
}

export function button(words, hear, facts = {}) {
  return make("button", { type: "button", ...facts, on: { click: hear } }, words);
}

/** Gives an element the colour that the bot chose, as Discord's number; without one it has ours. */
export function accent(element, colour) {
  if (!Number.isInteger(colour)) return;
  element.style.setProperty("--accent", `#${(colour & 0xffffff).toString(16).padStart(6, "0")}`);
}

/** As high as its text takes, up to a limit; then it scrolls. */
export function grow(textarea, most_px) {
  textarea.style.height = "auto";
  const borders_px = textarea.offsetHeight - textarea.clientHeight;
  textarea.style.height = `${Math.min(textarea.scrollHeight + borders_px, most_px)}px`;
}

let lastId = 0;

/** An id that nothing else on the page has. */
export function freshId(stem) {
  return `${stem}-${++lastId}`;
}

export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

export function megabytes(bytes) {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
